"""A chain that is not there yet: what a plan sees before the rehearsal's own chain has been started."""

# ruff: noqa: ARG002  -- the port asks for the arguments; an empty chain answers without them

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from netctl.errors import ChainUnreachable
from netctl.money import RAO_PER_TAO, Rao
from netctl.ports import (
    Account,
    BlockRef,
    Bounds,
    BurnRule,
    Call,
    Metagraph,
    Receipt,
    Signed,
    Signer,
    Staked,
    Subnet,
    Trace,
    Weights,
)

GENESIS = "0x" + "0" * 64
DEV_ACCOUNT = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
"""//Alice, whom every dev chain endows."""

DEV_ENDOWMENT_RAO: Rao = 1_000_000 * RAO_PER_TAO
SUBNET_COST_RAO: Rao = 1_000 * RAO_PER_TAO
FEE_RAO: Rao = 200_000
FIRST_DAY = BurnRule(
    burn_rao=RAO_PER_TAO // 10,
    min_burn_rao=500_000,
    max_burn_rao=100 * RAO_PER_TAO,
    increase_mult=1.26,
    half_life_blocks=360,
)


class NoChain:
    """An empty dev chain at its genesis, for reading only: prices are those of a subnet's first day.

    Nothing can be signed or sent: ChainUnreachable.
    """

    def __init__(self, endpoint: str, *, block_time_s: float = 0.25) -> None:
        self._endpoint = endpoint
        self._block_time_s = block_time_s

    @property
    def endpoint(self) -> str:
        return self._endpoint

    async def head(self) -> BlockRef:
        """Block 0."""
        return BlockRef(0, GENESIS)

    async def finalized(self) -> BlockRef:
        """Block 0."""
        return BlockRef(0, GENESIS)

    async def genesis_hash(self) -> str:
        """Zeros: no chain has this hash."""
        return GENESIS

    async def made_at(self, block: BlockRef) -> float:
        """At the epoch's beginning: it has no time yet."""
        return 0.0

    async def is_syncing(self) -> bool:
        """No: nobody is ahead of it."""
        return False

    async def block_time_s(self) -> float:
        """What the chain will be started with."""
        return self._block_time_s

    async def spec_version(self) -> int:
        """0: no runtime."""
        return 0

    async def accounts(self, ss58s: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Account]:
        """The dev account is rich, everybody else has nothing."""
        return {ss58: Account(DEV_ENDOWMENT_RAO if ss58 == DEV_ACCOUNT else 0, 0, 0) for ss58 in ss58s}

    async def subnet(self, netuid: int, *, at: BlockRef | None = None) -> Subnet | None:
        """None: it is still to be made."""
        return None

    async def subnet_of_owner(self, hotkey_ss58: str) -> int | None:
        """None: nobody owns one."""
        return None

    async def subnet_cost(self) -> Rao:
        """The runtime's initial price."""
        return SUBNET_COST_RAO

    async def burn_rule(self, netuid: int, *, at: BlockRef | None = None) -> BurnRule | None:
        """The rule that a subnet starts with."""
        return FIRST_DAY

    async def metagraph(self, netuid: int, *, at: BlockRef | None = None) -> Metagraph | None:
        """None: no subnet."""
        return None

    async def weights(self, netuid: int, uids: Sequence[int], *, at: BlockRef | None = None) -> Weights:
        """Nobody has set any."""
        return Weights({uid: {} for uid in uids})

    async def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        """None: nobody is registered."""
        return None

    async def staked(self, coldkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, tuple[Staked, ...]]:
        """Nothing is staked."""
        return dict.fromkeys(coldkeys, ())

    async def uids(self, hotkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Mapping[int, int]]:
        """Nobody is registered."""
        return {hotkey: {} for hotkey in hotkeys}

    async def quote_stake(self, netuid: int, amount_rao: Rao, *, at: BlockRef | None = None) -> Rao:
        """One alpha for a TAO, as in a new pool."""
        return amount_rao

    async def traces(
        self, netuid: int, keys: Sequence[tuple[str, str]], *, at: BlockRef | None = None
    ) -> Mapping[str, Trace]:
        """No hotkey was ever seen."""
        return {hotkey: Trace(0, 0, None) for hotkey, _ in keys}

    async def next_epoch(self, netuid: int) -> int | None:
        """None: no subnet."""
        return None

    async def block_hash(self, number: int) -> str | None:
        """Of block 0 only."""
        return GENESIS if number == 0 else None

    async def has_call(self, pallet: str, function: str) -> bool:
        """Whatever the plan would use, the embedded chain has."""
        return True

    async def fee(self, call: Call, signer_ss58: str) -> Rao:
        """About what one call costs."""
        return FEE_RAO

    async def sign(
        self, call: Call, signer: Signer, *, nonce: int, lifetime_blocks: int, bounds: Bounds | None = None
    ) -> Signed:
        """ChainUnreachable."""
        self._refuse()

    async def submit(self, signed: Signed) -> Receipt:
        """ChainUnreachable."""
        self._refuse()

    async def find(
        self, signed_hash: str, *, signer_ss58: str, nonce: int, first_block: int, last_block: int
    ) -> Receipt | None:
        """None: there are no blocks."""
        return None

    async def wait_for_block(self, number: int, *, timeout_s: float) -> BlockRef:
        """Block 0, or ChainUnreachable."""
        if number > 0:
            self._refuse()
        return BlockRef(0, GENESIS)

    async def close(self) -> None:
        """Nothing to close."""

    def _refuse(self) -> NoReturn:
        raise ChainUnreachable(f"{self._endpoint}: the rehearsal's chain is not running", hint="try: netctl fleet up")
