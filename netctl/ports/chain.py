"""The chain's edge: what is read from it, signed for it and sent to it. All amounts are rao."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from netctl.fleet import HyperparameterValue
from netctl.money import Rao
from netctl.ports.keys import Signer


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by number and hash (0x hex)."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Account:
    """A coldkey's account: what it can spend, its nonce in the chain's state, and the next one counting the pool."""

    free_rao: Rao
    nonce: int
    next_nonce: int

    @property
    def has_pending(self) -> bool:
        """Whether an extrinsic of this account waits in the node's pool."""
        return self.next_nonce > self.nonce


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet at one block. `hyperparameters` by the chain's names, in the units that AdminUtils takes.

    `tao_in_rao` and `alpha_in_rao` are what lies in its pool.
    """

    netuid: int
    owner_hotkey: str
    owner_coldkey: str
    burn_rao: Rao
    registration_allowed: bool
    started: bool
    neurons: int
    max_neurons: int
    tempo: int
    hyperparameters: Mapping[str, HyperparameterValue]
    tao_in_rao: Rao = 0
    alpha_in_rao: Rao = 0


@dataclass(frozen=True, slots=True)
class Windows:
    """The older registration rule of one subnet: at most `per_block` in a block, three `target` in an interval.

    `taken` came in this interval, `left_blocks` is after how many blocks from now the next one begins. `smoothing` is
    the share of the old price that an adjustment keeps, 0 to 1.
    """

    per_block: int
    target: int
    interval_blocks: int
    taken: int
    left_blocks: int
    smoothing: Fraction

    @property
    def per_interval(self) -> int:
        return 3 * self.target


@dataclass(frozen=True, slots=True)
class BurnRule:
    """What moves the price of registration, as the chain has it for one subnet (see facts of `pricing`).

    `lock_share`, 0 to 1, is what of a price is locked as collateral instead of burned. `windows` is None where the
    price alone says who may register; where it is not, `increase_mult` and `half_life_blocks` move nothing.
    """

    burn_rao: Rao
    min_burn_rao: Rao
    max_burn_rao: Rao
    increase_mult: Fraction | float
    half_life_blocks: int
    lock_share: Fraction = Fraction(0)
    windows: Windows | None = None


@dataclass(frozen=True, slots=True)
class MetagraphRow:
    """One uid of the metagraph. `stake_rao` is alpha on this hotkey in this subnet; `axon` "ip:port" or None.

    `total_stake_rao` is what clients call S[uid]: that alpha, and TAO on root by the chain's TaoWeight. `registered_at`
    is the block in which the hotkey got this uid.
    """

    uid: int
    hotkey: str
    coldkey: str
    stake_rao: Rao
    validator_permit: bool
    active: bool
    axon: str | None
    last_update: int
    incentive: float
    dividends: float
    emission_rao: Rao
    consensus: float
    total_stake_rao: Rao = 0
    registered_at: int = 0


@dataclass(frozen=True, slots=True)
class Metagraph:
    """The subnet's neurons at one block, by uid; `last_epoch` is the block of its last one, 0 before the first.

    `max_validators` is how many of them get a permit; `burn_rao` the price of registration, `tao_in_rao` and
    `alpha_in_rao` what lies in the pool: None where that was not read.
    """

    netuid: int
    block: int
    rows: tuple[MetagraphRow, ...]
    last_epoch: int = 0
    max_validators: int | None = None
    burn_rao: Rao | None = None
    tao_in_rao: Rao | None = None
    alpha_in_rao: Rao | None = None

    def of_hotkey(self, hotkey: str) -> MetagraphRow | None:
        """The row of a hotkey (ss58), or None where it is not registered."""
        return next((row for row in self.rows if row.hotkey == hotkey), None)


@dataclass(frozen=True, slots=True)
class Weights:
    """What validators give: for each uid asked for its targets, each with its share of all it gave.

    `trust` is every uid's validator trust, 0 to 1, by uid: how much of what it gave the others agree with.
    """

    given: Mapping[int, Mapping[int, float]]
    trust: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """What the chain keeps of a hotkey on a subnet, with a uid there or without.

    `alpha_rao` is all alpha behind it, `stake_rao` that and its TAO on root by TaoWeight: S, but for child keys.
    `owner` is the coldkey that it was first used by, None for a hotkey that the chain has never seen. `staked_at` is
    the block in which the coldkey asked for last moved stake behind it, None where it never did.
    """

    alpha_rao: Rao
    stake_rao: Rao
    owner: str | None
    staked_at: int | None = None


@dataclass(frozen=True, slots=True)
class Staked:
    """Alpha of one coldkey on one hotkey in one subnet; on subnet 0 it is TAO."""

    hotkey: str
    netuid: int
    alpha_rao: Rao


@dataclass(frozen=True, slots=True)
class Call:
    """An extrinsic's call, by the chain's own names: ``Call("Balances", "transfer_keep_alive", {...})``."""

    pallet: str
    function: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """An extrinsic that is in a finalized block and succeeded. `events` as (pallet, name, attributes).

    `index` is its place in the block, None where the chain does not say.
    """

    extrinsic_hash: str
    block: BlockRef
    fee_rao: Rao
    events: tuple[tuple[str, str, Any], ...]
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed extrinsic, ready to send: its hash, its nonce, and the last block that may include it."""

    hash: str
    raw: bytes
    signer_ss58: str
    nonce: int
    last_block: int
    fee_rao: Rao


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one extrinsic may take from its signer, as was agreed and written down: amount and fee."""

    amount_rao: Rao
    fee_rao: Rao


class Chain(Protocol):
    """One chain. Every method raises ChainUnreachable when no node answers within the adapter's deadline."""

    @property
    def endpoint(self) -> str: ...

    async def head(self) -> BlockRef: ...
    async def finalized(self) -> BlockRef:
        """The last block that cannot be undone."""

    async def genesis_hash(self) -> str: ...
    async def made_at(self, block: BlockRef) -> float:
        """When that block was made, by its author's clock: seconds since the epoch."""

    async def is_syncing(self) -> bool:
        """Whether the node itself says that it is behind the others."""

    async def block_time_s(self) -> float: ...
    async def spec_version(self) -> int: ...
    async def accounts(self, ss58s: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Account]:
        """Every account asked for; one that the chain does not know has zeros. With `at` the pool is not counted."""

    async def subnet(self, netuid: int, *, at: BlockRef | None = None) -> Subnet | None: ...
    async def subnet_of_owner(self, hotkey_ss58: str) -> int | None: ...
    async def subnet_cost(self) -> Rao: ...
    async def burn_rule(self, netuid: int, *, at: BlockRef | None = None) -> BurnRule | None: ...
    async def metagraph(self, netuid: int, *, at: BlockRef | None = None) -> Metagraph | None: ...
    async def weights(self, netuid: int, uids: Sequence[int], *, at: BlockRef | None = None) -> Weights:
        """What these uids' weights are, in one read; one that has set none has no targets."""

    async def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        """The uid of one hotkey at the head, None where it has none: cheaper than a metagraph."""

    async def quote_stake(self, netuid: int, amount_rao: Rao, *, at: BlockRef | None = None) -> Rao:
        """Alpha that staking this much TAO would give."""

    async def staked(self, coldkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, tuple[Staked, ...]]:
        """Everything that each coldkey has staked, on every subnet."""

    async def uids(self, hotkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Mapping[int, int]]:
        """The subnets on which each hotkey is registered: its uid by netuid."""

    async def traces(
        self, netuid: int, keys: Sequence[tuple[str, str]], *, at: BlockRef | None = None
    ) -> Mapping[str, Trace]:
        """What is left of each (hotkey, coldkey) on the subnet, by hotkey, whether it has a uid or not."""

    async def next_epoch(self, netuid: int) -> int | None:
        """The block of the subnet's next epoch; None where that cannot be said."""

    async def block_hash(self, number: int) -> str | None:
        """The hash (0x hex) that the block of this number has now; None above the head."""

    async def has_call(self, pallet: str, function: str) -> bool: ...
    async def sign(
        self, call: Call, signer: Signer, *, nonce: int, lifetime_blocks: int, bounds: Bounds | None = None
    ) -> Signed:
        """Sign, not send; PolicyError, and no signature, for a call that could take more than the bounds."""

    async def fee(self, call: Call, signer_ss58: str) -> Rao: ...
    async def submit(self, signed: Signed) -> Receipt:
        """Send and wait for finality; ExtrinsicRejected when refused, OutcomeUnknown when nobody can say."""

    async def find(
        self, signed_hash: str, *, signer_ss58: str, nonce: int, first_block: int, last_block: int
    ) -> Receipt | None:
        """The extrinsic if a finalized block of that range holds it and it succeeded; ExtrinsicRejected if it failed.

        `events` is empty and `fee_rao` 0 where the node no longer keeps that block's state: included, result unknown.
        """

    async def wait_for_block(self, number: int, *, timeout_s: float) -> BlockRef: ...
    async def close(self) -> None: ...
