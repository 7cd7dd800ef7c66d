"""A fleet's metrics.db made for a test: log lines as the programs write them, and what was seen of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from netctl import packs
from netctl.fleet import Role
from netctl.pack_model import PackFile
from netctl.ports import Metagraph, MetagraphRow, Weights
from netctl.roll import Roll, roll_of
from netctl.store.database import change, opened
from netctl.store.feeding import Feeder
from netctl.store.histories import seats
from netctl.store.recording import record_metagraph
from netctl.store.sources import LogSource

BEGIN = 1_764_000_000.0
ADDRESSES = {
    "miner_1": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
    "miner_2": "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
    "miner_3": "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y",
    "miner_4": "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy",
    "validator_1": "5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw",
    "validator_2": "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL",
}
UIDS = {"miner_1": 1, "miner_2": 2, "miner_3": 3, "miner_4": 4, "validator_1": 5, "validator_2": 6}


@cache
def spec_of(pack: str) -> PackFile:
    """What a shipped pack says, read once."""
    return packs.load(pack).spec


@dataclass
class Book:
    """A store at `path`, by the signals of a pack. Moments are seconds after BEGIN."""

    path: Path
    pack: str = "resi"
    uids: dict[int, str] = field(default_factory=lambda: {uid: ADDRESSES[name] for name, uid in UIDS.items()})
    lines: dict[str, list[tuple[float, str]]] = field(default_factory=dict)

    def said(self, neuron: str, at: float, text: str, level: str = "INFO") -> None:
        """A line of a neuron's, at so many seconds."""
        moment = datetime.fromtimestamp(BEGIN + at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]  # noqa: DTZ006 - as logs have it
        self.lines.setdefault(neuron, []).append(
            (at, f"\x1b[34m{moment}\x1b[39m | \x1b[1m{level:^16}\x1b[0m | bittensor:a.py:1 | {text}\n")
        )

    def judged(self, validator: str, at: float, scores: Mapping[str, float | str]) -> None:
        for miner, score in scores.items():
            uid = UIDS[miner]
            self.said(validator, at, f"Evaluated Miner {uid}. Score={score}. Credibility=0.5.", "SUCCESS")

    def asked(self, validator: str, at: float, miner: str, zipcode: str, hour: int) -> None:
        what = f"time_bucket=TimeBucket(id={hour}) source=4 label=DataLabel(value='zip:{zipcode}')"
        self.said(validator, at, f"{ADDRESSES[miner]}: Querying miner for Bucket ID: {what}.")

    def weights_set(self, validator: str, at: float) -> None:
        self.said(validator, at, "✅ Successfully set weights and Finalized.", "SUCCESS")

    def seen(
        self,
        at: float,
        *,
        block: int,
        weights: Mapping[str, Mapping[str, float]] | None = None,
        incentives: Mapping[str, float] | None = None,
        last_epoch: int = 0,
    ) -> None:
        """A look at the chain."""
        paid = incentives or {}
        names = {uid: name for name, uid in UIDS.items()}
        rows = tuple(
            MetagraphRow(
                uid, hotkey, "5C", 10, uid >= 5, True, None, block, paid.get(names.get(uid, ""), 0.0), 0.0, 3, 0.25, 11
            )
            for uid, hotkey in sorted(self.uids.items())
        )
        shares = {
            UIDS[giver]: {UIDS[miner]: share for miner, share in row.items()} for giver, row in (weights or {}).items()
        }
        with opened(self.path) as store, change(store):
            record_metagraph(store, Metagraph(428, block, rows, last_epoch), Weights(shares, ()), BEGIN + at)

    def fed(self) -> None:
        """Read all that was said so far, in the order of time, as the supervisor does."""
        spec = spec_of(self.pack)
        signals = {role: spec.signals_of(role) for role in spec.roles}
        with ExitStack() as stack:
            feeder = Feeder(stack.enter_context(opened(self.path)), signals)
            for neuron, lines in self.lines.items():
                log = self.path.with_name(f"{neuron}.log")
                log.write_text("".join(text for _, text in sorted(lines, key=lambda line: line[0])))
                role: Role = "miner" if neuron.startswith("miner") else "validator"
                feeder.feed(LogSource(neuron, role, self.pack, "stdout", log), now=BEGIN)

    def roll(self) -> Roll:
        with opened(self.path) as store:
            return roll_of({address: name for name, address in ADDRESSES.items()}, seats(store))
