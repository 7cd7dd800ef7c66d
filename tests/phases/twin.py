"""An in-memory twin of chain, keystore, clock, journal and host: small, stateful, and able to fail on demand."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from netctl.errors import ChainUnreachable, ExtrinsicRejected, OutcomeUnknown, WalletError
from netctl.ports import (
    Account,
    BlockRef,
    Bounds,
    BurnRule,
    Call,
    KeyFacts,
    Metagraph,
    MetagraphRow,
    Receipt,
    Signed,
    Signer,
    Staked,
    Subnet,
    Trace,
    Turns,
    World,
)
from tests.phases.twin_runtime import TAO, TwinRuntime, address

FEE = 165_000
Fault = Literal["unsent", "vanish", "answer_lost", "kill_before", "kill_after"]


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


@dataclass(frozen=True)
class TwinSigner:
    ss58: str
    crypto_type: int = 1

    @property
    def public_key(self) -> bytes:
        return blake2b(self.ss58.encode(), digest_size=32).digest()

    def sign(self, payload: bytes) -> bytes:
        return payload[:64]


class TwinChain(TwinRuntime):
    """A chain whose every submit makes a block; `faults` are taken one for each submit, None for none."""

    endpoint = "ws://twin"

    def __init__(self, *, first_netuid: int = 428, register_limit: bool = True) -> None:
        super().__init__(first_netuid=first_netuid)
        self.register_limit = register_limit
        self.faults: list[Fault | None] = []
        self.refusals: list[str] = []
        self.before_submit: Callable[[Call], None] = lambda call: None
        self._signed: dict[str, Call] = {}
        self._receipts: dict[str, Receipt | ExtrinsicRejected] = {}

    async def head(self) -> BlockRef:
        return BlockRef(self.number, f"0x{self.number:064x}")

    async def finalized(self) -> BlockRef:
        return await self.head()

    async def genesis_hash(self) -> str:
        return "0x" + "00" * 32

    async def made_at(self, block: BlockRef) -> float:
        return block.number * 0.25

    async def is_syncing(self) -> bool:
        return False

    async def block_time_s(self) -> float:
        return 0.25

    async def spec_version(self) -> int:
        return 461

    async def accounts(self, ss58s: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Account]:
        def one(ss58: str) -> Account:
            nonce = self.state.nonces.get(ss58, 0)
            return Account(self.state.free.get(ss58, 0), nonce, nonce)

        return {ss58: one(ss58) for ss58 in ss58s}

    async def subnet(self, netuid: int, *, at: BlockRef | None = None) -> Subnet | None:
        net = self.state.subnets.get(netuid)
        if net is None:
            return None
        p = net.hyperparameters
        return Subnet(
            netuid=netuid,
            owner_hotkey=net.owner_hotkey,
            owner_coldkey=net.owner_coldkey,
            burn_rao=net.burn,
            registration_allowed=p["registration_allowed"],
            started=net.started,
            neurons=len(net.keys),
            max_neurons=256,
            tempo=p["tempo"],
            tao_in_rao=net.tao,
            alpha_in_rao=net.alpha,
            hyperparameters=dict(p),
        )

    async def subnet_of_owner(self, hotkey_ss58: str) -> int | None:
        return next((n for n, net in self.state.subnets.items() if net.owner_hotkey == hotkey_ss58), None)

    async def subnet_cost(self) -> int:
        return 1000 * TAO

    async def burn_rule(self, netuid: int, *, at: BlockRef | None = None) -> BurnRule | None:
        net = self.state.subnets.get(netuid)
        if net is None:
            return None
        p = net.hyperparameters
        return BurnRule(net.burn, p["min_burn"], p["max_burn"], p["burn_increase_mult"], p["burn_half_life"])

    async def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        net = self.state.subnets.get(netuid)
        keys = net.keys if net is not None else []
        return next((uid for uid, (hot, _) in enumerate(keys) if hot == hotkey_ss58), None)

    async def metagraph(self, netuid: int, *, at: BlockRef | None = None) -> Metagraph | None:
        net = self.state.subnets.get(netuid)
        if net is None:
            return None
        rows = tuple(
            MetagraphRow(uid, hot, cold, net.alpha_of(hot), False, True, None, 0, 0.0, 0.0, 0, 0.0, net.alpha_of(hot))
            for uid, (hot, cold) in enumerate(net.keys)
        )
        return Metagraph(netuid, self.number, rows)

    async def traces(
        self, netuid: int, keys: Sequence[tuple[str, str]], *, at: BlockRef | None = None
    ) -> Mapping[str, Trace]:
        net = self.state.subnets[netuid]
        return {hot: Trace(net.alpha_of(hot), net.alpha_of(hot), self.state.owners.get(hot)) for hot, _ in keys}

    async def next_epoch(self, netuid: int) -> int | None:
        return self.number + 10

    async def block_hash(self, number: int) -> str | None:
        return f"0x{number:064x}" if number <= self.number else None

    async def staked(self, coldkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, tuple[Staked, ...]]:
        held = [
            (netuid, hot, cold, rao)
            for netuid, net in self.state.subnets.items()
            for (hot, cold), rao in net.stakes.items()
        ]
        return {
            key: tuple(Staked(hot, netuid, rao) for netuid, hot, cold, rao in sorted(held) if cold == key and rao)
            for key in coldkeys
        }

    async def uids(self, hotkeys: Sequence[str], *, at: BlockRef | None = None) -> Mapping[str, Mapping[int, int]]:
        nets = sorted(self.state.subnets.items())
        return {
            key: {netuid: uid for netuid, net in nets for uid, (hot, _) in enumerate(net.keys) if hot == key}
            for key in hotkeys
        }

    async def quote_stake(self, netuid: int, amount_rao: int, *, at: BlockRef | None = None) -> int:
        net = self.state.subnets[netuid]
        return net.alpha * amount_rao // (net.tao + amount_rao) if net.started else 0

    async def has_call(self, pallet: str, function: str) -> bool:
        return function != "register_limit" or self.register_limit

    async def fee(self, call: Call, signer_ss58: str) -> int:
        return FEE

    async def sign(
        self, call: Call, signer: Signer, *, nonce: int, lifetime_blocks: int, bounds: Bounds | None = None
    ) -> Signed:
        last = self.number + lifetime_blocks - 1
        mark = f"{signer.ss58}{nonce}{call}{last}"
        digest = "0x" + blake2b(mark.encode(), digest_size=32).hexdigest()
        self._signed[digest] = call
        return Signed(digest, mark.encode(), signer.ss58, nonce, last, FEE)

    def signed(self) -> list[Call]:
        """Every call that was ever signed, sent or not."""
        return list(self._signed.values())

    async def submit(self, signed: Signed) -> Receipt:
        self.before_submit(self._signed[signed.hash])
        fault = self.faults.pop(0) if self.faults else None
        if fault == "unsent":
            raise ChainUnreachable("the twin was told not to answer")
        if fault == "vanish":
            raise OutcomeUnknown("the twin was told to lose it")
        if fault == "kill_before":
            raise Killed
        if self.refusals:
            code = self.refusals.pop(0)
            raise ExtrinsicRejected(f"refused: {code}", code=code)
        self._include(signed)
        if fault == "kill_after":
            raise Killed
        if fault == "answer_lost":
            raise OutcomeUnknown("the twin was told to lose its answer")
        result = self._receipts[signed.hash]
        if isinstance(result, ExtrinsicRejected):
            raise result
        return result

    async def find(
        self, signed_hash: str, *, signer_ss58: str, nonce: int, first_block: int, last_block: int
    ) -> Receipt | None:
        result = self._receipts.get(signed_hash)
        if isinstance(result, ExtrinsicRejected):
            raise result
        return result

    async def wait_for_block(self, number: int, *, timeout_s: float) -> BlockRef:
        if (number - self.number) * 0.25 > timeout_s:
            raise ChainUnreachable(f"block {number} did not come")
        self.mine(max(0, number - self.number))
        return await self.head()

    async def close(self) -> None:
        return None

    def _include(self, signed: Signed) -> None:
        nonce = self.state.nonces.get(signed.signer_ss58, 0)
        if signed.nonce != nonce or self.number > signed.last_block:
            raise ExtrinsicRejected("stale", code="Stale")
        self.mine()
        self.state.nonces[signed.signer_ss58] = nonce + 1
        events: list[tuple[str, str, Any]] = []
        self.events = events
        self._take(signed.signer_ss58, FEE)
        kept = copy.deepcopy(self.state)
        try:
            self._dispatch(signed.signer_ss58, self._signed[signed.hash], events)
        except ExtrinsicRejected as refusal:
            self.state = kept
            self._receipts[signed.hash] = ExtrinsicRejected(refusal.message, code=refusal.code, fee_rao=FEE)
            return
        block = BlockRef(self.number, f"0x{self.number:064x}")
        self._receipts[signed.hash] = Receipt(signed.hash, block, FEE, tuple(events))


class TwinKeys:
    """Wallets as a dictionary: half keys and missing public halves can be set up by hand."""

    def __init__(self) -> None:
        self.coldkeys: dict[str, str] = {}
        self.hotkeys: dict[tuple[str, str], str] = {}
        self.public_only: set[str] = set()
        self.missing: dict[tuple[str, str], tuple[str, ...]] = {}
        self.passwords: dict[str, str | None] = {}
        self.before_create: Callable[[], None] = lambda: None

    def facts(self, wallet: str, hotkey: str) -> KeyFacts:
        missing = self.missing.get((wallet, hotkey), ())
        return KeyFacts(
            coldkey_ss58=None if "coldkeypub" in missing else self.coldkeys.get(wallet),
            hotkey_ss58=None if "hotkeypub" in missing else self.hotkeys.get((wallet, hotkey)),
            has_coldkey_secret=wallet in self.coldkeys and wallet not in self.public_only,
            coldkey_encrypted=self.passwords.get(wallet) is not None,
            missing=missing,
        )

    def coldkey_ss58(self, wallet: str) -> str | None:
        return self.coldkeys.get(wallet)

    def create_coldkey(self, wallet: str, *, password: str | None) -> str:
        self.before_create()
        if wallet in self.coldkeys:
            raise WalletError(f"wallet {wallet} has a coldkey")
        self.passwords[wallet] = password
        return self.coldkeys.setdefault(wallet, address(f"cold {wallet}"))

    def new_password(self, wallet: str) -> str:
        return "correct horse"

    def create_hotkey(self, wallet: str, hotkey: str) -> str:
        self.before_create()
        if (wallet, hotkey) in self.hotkeys:
            raise WalletError(f"wallet {wallet} has a hotkey {hotkey}")
        return self.hotkeys.setdefault((wallet, hotkey), address(f"hot {wallet} {hotkey}"))

    def repair(self, wallet: str, hotkey: str) -> None:
        self.missing.pop((wallet, hotkey), None)

    async def coldkey_signer(self, wallet: str) -> TwinSigner:
        if wallet not in self.coldkeys or wallet in self.public_only:
            raise WalletError(f"wallet {wallet}: its coldkey's secret is not here")
        return TwinSigner(self.coldkeys[wallet])

    def dev_signer(self, uri: str) -> TwinSigner:
        return TwinSigner(address(uri))


@dataclass
class TwinClock:
    """Sleeping takes no time here, and makes the twin's blocks."""

    chain: TwinChain
    seconds: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)
        self.chain.mine(max(1, round(seconds / 0.25)))


class TwinJournal:
    """The journal as a list; it outlives a killed run, as the file does."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def append(self, kind: str, **facts: Any) -> None:
        self.lines.append({"kind": kind, **facts})

    def entries(self) -> Sequence[Mapping[str, Any]]:
        return tuple(self.lines)


class Listener:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def progress(self, neuron: str | None, phase: str, text: str) -> None:
        self.said.append(f"{neuron or 'fleet'} {phase}: {text}")

    def note(self, text: str) -> None:
        self.said.append(text)


class NoSessions:
    """A host on which nothing runs: the money phases never touch it."""

    def tidy(self) -> None:
        """What every `up` ends with."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a money phase asked the host for {name}")


@dataclass
class Twin:
    """One world of twins; `world()` gives fresh locks, as a new process has."""

    chain: TwinChain = field(default_factory=TwinChain)
    keys: TwinKeys = field(default_factory=TwinKeys)
    journal: TwinJournal = field(default_factory=TwinJournal)
    talk: Listener = field(default_factory=Listener)

    def world(self) -> World:
        clock = TwinClock(self.chain)
        host: Any = NoSessions()
        return World(
            chain=self.chain,
            keys=self.keys,
            host=host,
            clock=clock,
            journal=self.journal,
            talk=self.talk,
            environ={},
            turns=Turns(),
        )
