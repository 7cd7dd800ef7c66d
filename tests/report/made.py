"""A run that is over, with its store and logs as a supervisor leaves them, and a fleet to go with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from netctl.agreement.agreement import agreement_of
from netctl.agreement.evidence import EVALUATED, WEIGHTS_SET, evidence_of
from netctl.cli.check_found import line_at
from netctl.report.facts import Facts
from netctl.report.reading import read
from netctl.report.told import Unknown
from netctl.runs.finding import Kept
from netctl.runs.record import End, Member, Run
from netctl.store import histories
from netctl.store.database import FILE, change, opened
from netctl.store.histories import Window
from tests.recorded import ADDRESSES, BEGIN, UIDS, Book, spec_of
from tests.runs.made import RUN
from tests.store.written import process, state_row

LENGTH = 3600.0
MINERS = ("miner_1", "miner_2", "miner_3", "miner_4")
UNTOLD = Unknown("this test does not tell")


def run(**changes: Any) -> Run:
    """A run of four miners and two validators, an hour long."""
    neurons = tuple(
        Member(name, "miner" if name in MINERS else "validator", f"w_{name}", "h", "5C", address, UIDS[name])
        for name, address in ADDRESSES.items()
    )
    made = replace(RUN, began=BEGIN, neurons=neurons, end=End(BEGIN + LENGTH, 400, "netctl fleet down"), code=None)
    return replace(made, **changes)


def kept_in(state: Path, **changes: Any) -> Kept:
    return Kept(run(**changes), state, BEGIN + LENGTH, 400, running=False)


@contextmanager
def facts_of(book: Book, **changes: Any) -> Iterator[Facts]:
    """The facts of what the book has, judged by nobody, as long as its store is open."""
    book.fed()
    kept = kept_in(book.path.parent, **changes)
    spec = spec_of(book.pack)
    tells = {role: frozenset(signal.name for signal in spec.signals_of(role)) for role in spec.roles}
    with opened(book.path) as store:
        recorded = read(store, kept, tells)
        window = Window(BEGIN, BEGIN + LENGTH)
        events = histories.heard(store, "validator", [EVALUATED, WEIGHTS_SET], window)
        looks = histories.looks(store)
        agreement = agreement_of(evidence_of(window, events, histories.given(store, window), looks, recorded.roll))
        yield Facts(kept, recorded, UNTOLD, UNTOLD, UNTOLD, UNTOLD, agreement, UNTOLD, UNTOLD, line=line_at)


def honest(book: Book) -> Book:
    """An hour in which each miner is asked, answers at once, is sampled and judged, and uploads."""
    for number in range(12):
        at = 300.0 * number
        book.seen(at + 1, block=100 + 25 * number, incentives=dict.fromkeys(MINERS, 0.25))
        for place, name in enumerate(MINERS):
            asked(book, name, at + 10 + place)
            sampled(book, name, at + 12 + place)
            uploaded(book, name, at + 20 + place)
        book.judged("validator_1", at + 30, {name: 100.0 * (place + 1) for place, name in enumerate(MINERS)})
    return book


def asked(book: Book, miner: str, at: float, *, wait: float = 0.1, size: int = 1000) -> None:
    """A validator asks a miner for its index, and gets it so much later."""
    hotkey = ADDRESSES[miner]
    book.said("validator_1", at, f"{hotkey}: Evaluating miner.")
    index = f"Got new compressed miner index of {size} bytes across 3 buckets."
    book.said("validator_1", at + wait, f"{hotkey}: {index}")


def sampled(book: Book, miner: str, at: float, *reasons: str) -> None:
    """A validator looks two samples up: what is said of them, or both exist."""
    results = ", ".join(
        f"ValidationResult(is_valid={not reason.startswith('Property content')}, content_size_bytes_validated=400,"
        f" reason='{reason}')"
        for reason in reasons or ("Property exists via Zillow API",) * 2
    )
    told = f"Data validation on selected entities finished with results: [{results}]"
    book.said("validator_1", at, f"{ADDRESSES[miner]}: {told}")


def uploaded(book: Book, miner: str, at: float) -> None:
    """A file is in the bucket."""
    where = f"hotkey={ADDRESSES[miner]}/job_id=zillow_zip_77449/data_20261122_124054_12.{_ENDING[book.pack]}"
    book.said(miner, at, f"✅ S3 upload success: {where}", "SUCCESS")


_ENDING = {"resi": "parquet", "rehearsal": "jsonl"}


def lived(book: Book, *, memory: int = 100_000_000, cpu: float = 0.1) -> None:
    """Every neuron runs for the hour and takes so much."""
    with opened(book.path) as store, change(store):
        for number, name in enumerate(ADDRESSES):
            state_row(store, name, BEGIN, "running", 0)
            for at in (1.0, LENGTH - 1):
                process(
                    store, name, BEGIN + at, pid=7 + number, started=BEGIN, cpu_s=cpu * at, memory=memory, written=1
                )


PROFILE = """\
name: told
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
defaults: {env: {RAPIDAPI_KEY: $RAPIDAPI_KEY}}
miners:
  - {name: "miner_{i}", count: 4, wallet: "w_miner_{i}", hotkey: h}
validators:
  - {name: "validator_{i}", count: 2, wallet: "w_validator_{i}", hotkey: h, stake: 310}
criteria:
  minimum:
    miners_responding: ">= 3"
    api_success: {target: ">= 60%", says: "the API confirms what miners hold"}
"""
SECRET = "rk-9f1d0c77-not-for-eyes"


def laid_out(home: Path, profile: Path, book: Callable[[Book], Book] = honest) -> Path:
    """A rehearsal's state directory with wallets, store, env files and the record of one run; its path."""
    from hashlib import sha256

    from netctl.runs.record import Profile, encoded
    from netctl.runs.shelf import path_of

    profile.write_text(PROFILE)
    state = home / "told-rehearsal"
    for name in ADDRESSES:
        public = state / "wallets" / f"w_{name}" / "hotkeys" / "hpub.txt"
        public.parent.mkdir(parents=True)
        public.write_text(json.dumps({"ss58Address": ADDRESSES[name]}))
        env = state / "env" / f"{name}.env"
        env.parent.mkdir(exist_ok=True)
        env.write_text(f"RAPIDAPI_KEY={SECRET}\n")
    made = book(Book(state / FILE, pack="rehearsal"))
    made.fed()
    lived(made)
    kept = run(
        fleet=state.name,
        profile=Profile(str(profile), sha256(PROFILE.encode()).hexdigest(), PROFILE),
        pack=replace(RUN.pack, name="rehearsal"),
        time_scale=60.0,
    )
    path = path_of(state, kept.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(encoded(kept))
    return state
