"""Foreign exceptions of the chain's edge in netctl's words.

The tables go by class name, so that they can be read without importing the SDK; a test holds them against
every exception class that the SDK has.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from netctl.errors import ChainError, ChainUnreachable, ExtrinsicRejected, NetctlError, OutcomeUnknown
from netctl.networks import is_loopback

FAR_HINT = "check the connection, name another node with --network, or try it with --rehearse"

UNREACHABLE = frozenset(
    {"ConnectionNotReady", "RpcConnectionError", "RpcPolicyError", "MaxRetriesExceeded", "RpcPolicyRejection"}
)
ANSWERED = frozenset(
    {
        "BittensorError",
        "ChainError",
        "SubstrateRequestException",
        "StateDiscardedError",
        "BlockNotFound",
        "ExtrinsicNotFound",
        "StorageFunctionNotFound",
        "PolicyError",
        "UnitMismatchError",
    }
)
OF_PARTS_NOT_USED = frozenset(
    {
        "AuthError",
        "BadSignature",
        "BridgeError",
        "EvmRpcError",
        "KeyfileError",
        "LedgerError",
        "MalformedAuth",
        "MultisigFundingError",
        "ReplayedRequest",
        "StaleRequest",
        "TimelockError",
        "TimelockNotReady",
        "VaultError",
        "VaultPageError",
        "WrongPasswordError",
        "WrongReceiver",
    }
)
"""Errors of wallets on devices, HTTP signing, EVM and timelocks: the chain's edge calls none of these."""

POOL_CODES = {
    1011: "UnknownValidity",
    1014: "PriorityTooLow",
    1015: "CycleDetected",
    1016: "PoolFull",
    1017: "NotAccepted",
    1018: "PoolFull",
    -32601: "MethodNotFound",
    -32602: "InvalidParams",
    -32004: "RateLimited",
    -32005: "RateLimited",
}
"""JSON-RPC codes that say for sure that the pool did not take the extrinsic; 1010 carries its reason in words."""

_LOST = re.compile(
    r"RPC session closed|connection closed during connect|Connection (lost|dropped) while", re.IGNORECASE
)
_DISCARDED = re.compile(r"state already discarded|state discarded|unknown block: state", re.IGNORECASE)


def _names(error: BaseException) -> set[str]:
    return {cls.__name__ for cls in type(error).__mro__}


def is_unreachable(error: BaseException) -> bool:
    """Whether the exception means that no node answered, as opposed to one that answered with a no."""
    if isinstance(error, OSError | TimeoutError):
        return True
    if _names(error) & UNREACHABLE or type(error).__module__.startswith("websockets"):
        return True
    return bool(_names(error) & ANSWERED and _LOST.search(str(error)))


def is_too_much(error: BaseException) -> bool:
    """Whether a gateway answered that it is asked too often: waiting helps, a new connection does not."""
    payload = getattr(error, "payload", None)
    refusal = payload.get("error") if isinstance(payload, dict) else None
    return isinstance(refusal, dict) and POOL_CODES.get(refusal.get("code", 0)) == "RateLimited"


def is_state_discarded(error: BaseException | None) -> bool:
    """Whether the node no longer keeps the state that was asked for, anywhere in the chain of causes."""
    while error is not None:
        if type(error).__name__ == "StateDiscardedError" or _DISCARDED.search(str(error)):
            return True
        error = error.__cause__
    return False


def translated(error: Exception, *, endpoint: str, doing: str) -> NetctlError | None:
    """The error in netctl's tree, or None for an exception that is a bug of ours."""
    if isinstance(error, NetctlError):
        return error
    if is_too_much(error):
        message = f"{doing}: {endpoint} says that it is asked for too much: {error}"
        return ChainUnreachable(message, hint="wait a little, or name a node of your own with --network")
    if is_unreachable(error):
        found = str(error).strip() or "no answer in time"
        near = is_loopback(urlsplit(endpoint).hostname or "")
        hint = "is it running? start it, or name another one with --network" if near else FAR_HINT
        return ChainUnreachable(f"{doing}: no answer from {endpoint}: {found}", hint=hint)
    if _names(error) & (ANSWERED | OF_PARTS_NOT_USED):
        return ChainError(f"{doing}: {endpoint} answered: {error}", hint="is this the right network?")
    return None


def pool_code(payload: dict[str, Any], text: str) -> str | None:
    """The name of a refusal by the pool, from its JSON-RPC error; None when the node may have the extrinsic.

    1012 (banned) and 1013 (already imported) are such: the node knows the extrinsic, perhaps from a block.
    """
    error = payload.get("error")
    number = error.get("code") if isinstance(error, dict) else None
    if number == 1010:
        from bittensor.result import chain_error_from_substrate_request

        named = _Named(text, payload)
        return chain_error_from_substrate_request(named).name or "InvalidTransaction"
    return POOL_CODES.get(number) if isinstance(number, int) else None


class _Named(Exception):
    """What the SDK's classifier wants to see: the text and the payload of an error."""

    def __init__(self, text: str, payload: dict[str, Any]) -> None:
        super().__init__(text)
        self.payload = payload


def after_sending(error: Exception, *, extrinsic_hash: str, endpoint: str, taken: bool = False) -> NetctlError | None:
    """What a failed submission means: refused for sure, or nobody knows. None for a bug of ours.

    Only an answer of the node to the submission itself is a refusal; everything else, and everything once the
    submission was `taken`, leaves the outcome open.
    """
    if isinstance(error, NetctlError):
        return error
    payload = getattr(error, "payload", None)
    if isinstance(payload, dict) and not taken:
        code = pool_code(payload, str(error))
        if code is not None:
            return ExtrinsicRejected(f"the pool of {endpoint} refused extrinsic {extrinsic_hash}: {error}", code=code)
    if is_unreachable(error) or _names(error) & ANSWERED:
        why = str(error).strip() or "no finality in time"
        hint = "nothing was paid twice; run the command again and it looks first"
        return OutcomeUnknown(f"extrinsic {extrinsic_hash} was sent to {endpoint}, then: {why}", hint=hint)
    return None
