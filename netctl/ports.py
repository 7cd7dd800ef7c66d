"""The edges of netctl as Protocols, and the values that cross them.

Core modules know only these; `netctl.adapters` holds the real ones, tests hold faults. All amounts are rao.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from netctl.fleet import HyperparameterValue
from netctl.money import Rao

# -- chain ---------------------------------------------------------------------------------------------------------


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
    """A subnet at one block. `hyperparameters` by the chain's names, in the units that AdminUtils takes."""

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


@dataclass(frozen=True, slots=True)
class BurnRule:
    """What moves the price of registration, as the chain has it for one subnet (see facts of `pricing`)."""

    burn_rao: Rao
    min_burn_rao: Rao
    max_burn_rao: Rao
    increase_mult: float
    half_life_blocks: int


@dataclass(frozen=True, slots=True)
class MetagraphRow:
    """One uid of the metagraph. `stake_rao` is alpha on this hotkey in this subnet; `axon` "ip:port" or None."""

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


@dataclass(frozen=True, slots=True)
class Metagraph:
    """The subnet's neurons at one block, by uid."""

    netuid: int
    block: int
    rows: tuple[MetagraphRow, ...]

    def of_hotkey(self, hotkey: str) -> MetagraphRow | None:
        """The row of a hotkey (ss58), or None where it is not registered."""
        return next((row for row in self.rows if row.hotkey == hotkey), None)


@dataclass(frozen=True, slots=True)
class Call:
    """An extrinsic's call, by the chain's own names: ``Call("Balances", "transfer_keep_alive", {...})``."""

    pallet: str
    function: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """An extrinsic that is in a finalized block and succeeded. `events` as (pallet, name, attributes)."""

    extrinsic_hash: str
    block: BlockRef
    fee_rao: Rao
    events: tuple[tuple[str, str, Any], ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed extrinsic, ready to send: its hash, its nonce, and the last block that may include it."""

    hash: str
    raw: bytes
    signer_ss58: str
    nonce: int
    last_block: int
    fee_rao: Rao


class Signer(Protocol):
    """Something that signs for one account; the secret stays inside, also in its repr.

    `crypto_type` is the chain's number of the signature scheme: 0 ed25519, 1 sr25519.
    """

    @property
    def ss58(self) -> str: ...
    @property
    def public_key(self) -> bytes: ...
    @property
    def crypto_type(self) -> int: ...
    def sign(self, payload: bytes) -> bytes: ...


class Chain(Protocol):
    """One chain. Every method raises ChainUnreachable when no node answers within the adapter's deadline."""

    @property
    def endpoint(self) -> str: ...

    async def head(self) -> BlockRef: ...
    async def finalized(self) -> BlockRef:
        """The last block that cannot be undone."""

    async def genesis_hash(self) -> str: ...
    async def block_time_s(self) -> float: ...
    async def spec_version(self) -> int: ...
    async def accounts(self, ss58s: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Account]:
        """Every account asked for; one that the chain does not know has zeros. With `at` the pool is not counted."""

    async def subnet(self, netuid: int, *, at: BlockRef | None = None) -> Subnet | None: ...
    async def subnet_of_owner(self, hotkey_ss58: str) -> int | None: ...
    async def subnet_cost(self) -> Rao: ...
    async def burn_rule(self, netuid: int, *, at: BlockRef | None = None) -> BurnRule | None: ...
    async def metagraph(self, netuid: int, *, at: BlockRef | None = None) -> Metagraph | None: ...
    async def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        """The uid of one hotkey at the head, None where it has none: cheaper than a metagraph."""

    async def stakes(
        self, netuid: int, keys: Sequence[tuple[str, str]], *, at: BlockRef | None = None
    ) -> Mapping[tuple[str, str], Rao]:
        """Alpha (rao) of each (hotkey, coldkey) on the subnet; 0 where there is none."""

    async def quote_stake(self, netuid: int, amount_rao: Rao) -> Rao:
        """Alpha that staking this much TAO would give now."""

    async def has_call(self, pallet: str, function: str) -> bool: ...
    async def sign(self, call: Call, signer: Signer, *, nonce: int, lifetime_blocks: int) -> Signed: ...
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


# -- keys ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the wallet directory shows of one wallet/hotkey without opening a secret; None where there is no key.

    `missing` names public halves ("coldkeypub", "hotkeypub") whose secret is there: `Keystore.repair` writes them.
    With an encrypted coldkey and no coldkeypub, `coldkey_ss58` is None until then. `unfinished` tells of files that
    an interrupted creation left in the wallet: `repair` clears them away too.
    """

    coldkey_ss58: str | None
    hotkey_ss58: str | None
    has_coldkey_secret: bool
    coldkey_encrypted: bool
    missing: tuple[str, ...] = ()
    unfinished: bool = False


class Keystore(Protocol):
    """The SDK's wallet directory. Nothing here ever overwrites a key."""

    def facts(self, wallet: str, hotkey: str) -> KeyFacts: ...
    def coldkey_ss58(self, wallet: str) -> str | None: ...
    def create_coldkey(self, wallet: str, *, password: str | None) -> str:
        """Make a coldkey and return its address; WalletError if there is one, whole or half."""

    def new_password(self, wallet: str) -> str:
        """The password for a coldkey about to be made, asked for or the environment's; WalletError if neither."""

    def create_hotkey(self, wallet: str, hotkey: str) -> str:
        """Make an unencrypted hotkey and return its address; WalletError if there is one, whole or half."""

    def repair(self, wallet: str, hotkey: str) -> None:
        """Write the public halves that `KeyFacts.missing` names, asking for a password where one is needed."""

    async def coldkey_signer(self, wallet: str) -> Signer:
        """Opens the coldkey, asking for its password where it has one, once a run; WalletError.

        Nothing else of this process goes on while somebody types; the seconds of decryption hold nobody up.
        """

    def dev_signer(self, uri: str) -> Signer:
        """A signer for a well-known dev account such as ``//Alice``."""


# -- host ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """A session to launch. The launcher holds its environment; argv and labels hold no secret."""

    name: str
    launcher: Path
    cwd: Path
    stdout: Path
    stderr: Path
    spec_hash: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as tmux and the process table show it now. `pid` is the neuron's own process, None when it is dead."""

    name: str
    spec_hash: str
    pid: int | None
    started_at: float | None
    exit_code: int | None
    exit_signal: int | None
    restarts: int
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """A process of this machine, as far as it can be read (else empty, None).

    `marker` says which session of which fleet started it: ``<state directory>/<session>``.
    """

    pid: int
    argv: tuple[str, ...] = ()
    home: str | None = None
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file's SHA-256 (hex; None for a directory) and its permission bits."""

    sha256: str | None
    mode: int


class Host(Protocol):
    """Where sessions run: one private tmux server, and the files of their neurons.

    Unreachable raises SessionError: it is not the same as empty.
    """

    def sessions(self) -> Mapping[str, SessionFacts]: ...
    def launch(self, specs: Sequence[SessionSpec]) -> None:
        """Start them all in one go; a session of that name that is dead is replaced, one that lives is an error."""

    def stop(self, names: Sequence[str], *, grace_s: float) -> Sequence[str]:
        """End their processes by group, TERM then KILL, verify; returns the names that survived."""

    def shut_down(self, *, grace_s: float) -> Sequence[str]:
        """Stop everything and end the server; returns survivors."""

    def port_owner(self, port: int) -> int | None:
        """The pid that listens on a TCP port of this machine (0 where it cannot be read), None if it is free."""

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        """Who listens on each of these ports; free ones are left out, pid 0 is somebody who cannot be read."""

    def neuron_processes(self) -> Sequence[ProcessFacts]:
        """Every process of this machine that names a hotkey on its command line, whoever started it."""

    def listing(self, root: Path) -> Mapping[Path, FileFacts]:
        """Every file and directory below `root`, itself included; empty where it is missing."""

    def facts_of(self, path: Path) -> FileFacts | None:
        """One file or directory, None where there is none."""

    def replace(self, path: Path, content: bytes, mode: int) -> None:
        """Put a file there, whole or not at all; missing parents are made 0700."""

    def remove(self, path: Path) -> None:
        """Remove a file, and its directory where that empties it; nothing happens where there is none."""

    def make_directory(self, path: Path) -> None:
        """Make a directory and its missing parents, 0700."""


# -- the rest ------------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    async def sleep(self, seconds: float) -> None: ...


class Journal(Protocol):
    """The append-only record of intents and outcomes: it can make netctl wait or refuse, never act."""

    def append(self, kind: str, **facts: Any) -> None: ...
    def entries(self) -> Sequence[Mapping[str, Any]]: ...


class Talk(Protocol):
    """Where progress is told; silent in tests, live lines on a terminal."""

    def progress(self, neuron: str | None, phase: str, text: str) -> None: ...
    def note(self, text: str) -> None: ...


class Turns:
    """One extrinsic in flight per signer: nonces are ours, so payments of one account take turns."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    def of(self, ss58: str) -> asyncio.Lock:
        """The lock of that account, the same one every time."""
        return self._locks.setdefault(ss58, asyncio.Lock())


@dataclass(frozen=True, slots=True)
class World:
    """Every edge that a phase may touch, wired once at the composition root."""

    chain: Chain
    keys: Keystore
    host: Host
    clock: Clock
    journal: Journal
    talk: Talk
    environ: Mapping[str, str] = field(repr=False)
    turns: Turns = field(default_factory=Turns)
