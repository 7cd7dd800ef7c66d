"""Which refusals can pass by waiting, and which are the chain's last word."""

from __future__ import annotations

from netctl.errors import ChainUnreachable, EndTaken, ExtrinsicRejected, NetctlError, NotIncluded

PASSING = frozenset(
    {
        # the pool: full, or another extrinsic of the account stands in the way
        "PriorityTooLow",
        "PoolFull",
        "UnknownValidity",
        "TemporarilyBanned",
        "ExhaustsResources",
        "Dropped",
        "Usurped",
        "Invalid",
        "Retracted",
        "RateLimited",
        # signed too long ago, or at a nonce that somebody else used: a new signature helps
        "Stale",
        "Future",
        "AncientBirthBlock",
        # the price, and windows that close and open again
        "RegistrationPriceLimitExceeded",
        "TooManyRegistrationsThisBlock",
        "TooManyRegistrationsThisInterval",
        "SlippageTooHigh",
        "NetworkTxRateLimitExceeded",
        "RateLimitExceeded",
        "StakingOperationRateLimitExceeded",
        "AdminActionProhibitedDuringWeightsWindow",
        "NeedWaitingMoreBlocksToStarCall",
    }
)
"""Names of the runtime's and the pool's errors after which a later attempt can succeed.

Everything else is final: registration closed, too little balance, no such subnet, not the owner, already there.
"""


CLOSED_WINDOWS = frozenset({"TooManyRegistrationsThisBlock", "TooManyRegistrationsThisInterval"})
"""Refusals that say nothing of the caller: the window is full, and the next one opens by itself."""


def opens_next_block(error: NetctlError) -> bool:
    """Whether the next block is a new chance: waiting longer does not make it a better one."""
    return isinstance(error, ExtrinsicRejected) and error.code == "TooManyRegistrationsThisBlock"


def is_closed_window(error: NetctlError) -> bool:
    """Whether only time is wanted, however often it was refused."""
    return isinstance(error, ExtrinsicRejected) and error.code in CLOSED_WINDOWS


def is_passing(code: str) -> bool:
    """Whether a refusal by that name can pass; a name never heard of is final, so that nothing is sent in a loop."""
    return code in PASSING or code.endswith("RateLimitExceeded")


def can_pass(error: NetctlError) -> bool:
    """Whether trying again later, with a new extrinsic, is both safe and of use.

    Never for OutcomeUnknown: that one is looked up first.
    """
    if isinstance(error, ExtrinsicRejected):
        return is_passing(error.code)
    return isinstance(error, ChainUnreachable | EndTaken | NotIncluded)
