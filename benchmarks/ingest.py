"""What reading signals into the store costs, beside `grep -E` with the same patterns over the same logs, in turns.

    python benchmarks/ingest.py [--megabytes 200] [--rounds 3] [--memory 10]

Two logs as RESI writes them at its debug level, a miner's and a validator's, are made and read by `netctl ingest` as a
program, start and all, and by grep, which only counts. The patterns are those of the pack `resi`, translated to grep's
syntax, to its advantage: without those of several lines, and without counting repetitions. Exits 1 where both logs
together take more than three times grep's wall time. `--memory 10` reads a validator's log of ten gigabytes too, one
piece written over and over; it needs the disk for it, and tells the most memory that this took beside that of the
short one. Exits 1 where it is a fifth more.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from rich.console import Console
from rich.table import Table

from netctl import packs
from netctl.fleet import Role
from netctl.logs.heads import LEVELS
from netctl.signals.spec import Signal

MARK = 3.0
GROWTH = 1.2
MOST_COUNTED = 8
"""Repetitions of more are `+` or `*` to grep: it takes twelve times as long to count to 47."""
PACK = "resi"
ROLES: tuple[Role, ...] = ("miner", "validator")
HOTKEYS = [f"5{letter * 47}" for letter in "CDEFGHJKLMNP"]


def evaluation(chance: random.Random) -> Iterator[tuple[str, str]]:
    """What a validator writes of one miner's evaluation."""
    hotkey, uid = chance.choice(HOTKEYS), chance.randrange(256)
    bucket = (
        f"time_bucket=TimeBucket(id={chance.randrange(498000, 499000)}) source=4 label=DataLabel(value='zip:77494')"
    )
    containing = f"containing {chance.randrange(90000)} bytes across 41 entities"
    entity = (
        "ValidationResult(is_valid=True, content_size_bytes_validated=820, reason='Property exists via Zillow API')"
    )
    yield "INFO", f"{hotkey}: Evaluating miner."
    yield "TRACE", f"Querying axon 10.0.0.{uid}:8091 for GetMinerIndex with timeout 120"
    yield "DEBUG", f"dendrite | --> | 3520 B | GetMinerIndex | {hotkey} | 10.0.0.{uid}:8091 | 0 | Success"
    yield "DEBUG", f"dendrite | <-- | 4102 B | GetMinerIndex | {hotkey} | 10.0.0.{uid}:8091 | 200 | Success"
    yield "INFO", f"{hotkey}: Got new compressed miner index of {chance.randrange(90000)} bytes across 3 buckets."
    yield "DEBUG", f"Choosing a random data entity bucket of {chance.randrange(900)} to query for {hotkey}."
    yield "INFO", f"{hotkey}: Querying miner for Bucket ID: {bucket}."
    for verb in ("-->", "<--"):
        yield (
            "DEBUG",
            f"dendrite | {verb} | 3520 B | GetDataEntityBucket | {hotkey} | 10.0.0.{uid}:8091 | 200 | Success",
        )
    if chance.random() < 0.1:
        yield "INFO", f"{hotkey}: Miner returned an invalid/failed response for Bucket ID: {bucket}."
    yield "DEBUG", f"{hotkey}: Performing basic validation on Bucket ID: {bucket} {containing}."
    yield "DEBUG", f"{hotkey}: Basic validation on Bucket ID: {bucket} passed. Validating uris: ['https://z.com/1']."
    for number in range(4):
        yield (
            "DEBUG",
            f"Validating property {number} of https://www.zillow.com/homedetails/{chance.randrange(10**8)}_zpid",
        )
    yield "INFO", f"{hotkey}: Data validation on selected entities finished with results: [{entity}, {entity}]"
    yield "INFO", f"{hotkey}: ❌ S3 Invalid (50.0%): Low scraper success rate: 0.0%"
    reason = "S3 validation: FAILED - Duplicates: 0.0%, Scraper: 0.0%"
    yield "INFO", f"{hotkey}: Miner {uid} did not pass S3 validation. Reason: {reason}"
    yield (
        "INFO",
        f"Awarded Miner {uid} a S3 boost of 4000000.0 based on 50.0% validation, adjusting the score to 4040852.5.",
    )
    yield "DEBUG", f"Raw score of miner {uid} is {chance.random()}, of its index {chance.random()}"
    yield (
        "SUCCESS",
        f"Evaluated Miner {uid}. Score={chance.random() * 10 ** chance.randrange(-38, 7)}. Credibility=0.5.",
    )


def cycle(chance: random.Random) -> Iterator[tuple[str, str]]:
    """What a miner writes of a few requests, one zipcode, and uploads of forty jobs, of which some have new records."""
    zipcode, hotkey = f"{chance.randrange(10000, 99999)}", chance.choice(HOTKEYS)
    for name in ("GetMinerIndex", "GetDataEntityBucket"):
        yield "TRACE", f"axon     | <-- | 1203 B | {name} | {hotkey} | 10.0.0.7:51234 | 200 | Success"
        yield "INFO", f"Got to a {name} request from {hotkey}."
        yield "TRACE", f"axon     | --> | 29532 B | {name} | {hotkey} | 10.0.0.7:51234 | 200 | Success"
    yield "INFO", f"Returning compressed miner index of 29532 bytes across 3 buckets to {hotkey}"
    yield "INFO", f"Scraping {zipcode} for ForSale properties: Houses,Townhomes,Multi-family,Condos/Co-ops"
    yield "DEBUG", f"GET https://zillow-com1.p.rapidapi.com/propertyExtendedSearch?location={zipcode}&page=1 200"
    yield "INFO", f"Found {chance.randrange(41)} properties in {zipcode}"
    yield "SUCCESS", f"Successfully scraped {chance.randrange(41)} real estate entities"
    for _ in range(40):
        job = f"zillow_tier{chance.randrange(1, 5)}_zip_{chance.randrange(10000, 99999)}"
        yield "DEBUG", f"Processing job {job} from offset {chance.randrange(900)}"
        yield (
            "DEBUG",
            f"SELECT uri, datetime, label, content FROM DataEntity WHERE source = 4 AND label = 'zip:{zipcode}'",
        )
        if chance.random() < 0.25:
            yield "DEBUG", f"Wrote 12 records of 9844 bytes to /tmp/{job}.parquet"
            yield "SUCCESS", f"✅ S3 upload success: hotkey={hotkey}/job_id={job}/data_20261122_124054_12.parquet"
            yield "INFO", f"Uploaded 12 records to job {job}"
        else:
            yield "DEBUG", f"No new records for job {job} since offset {chance.randrange(900)}"
            yield "DEBUG", f"State of job {job} is unchanged: last_offset, total_records_processed, last_processed_time"
            yield "INFO", f"No new data for job {job}"


def write_log(path: Path, role: Role, size: int) -> None:
    """A log of about that many bytes."""
    chance, written, number = random.Random(role), 0, 0
    with path.open("wb") as file:
        while written < size:
            lines = []
            for level, text in (evaluation if role == "validator" else cycle)(chance):
                number += 1
                clock = (
                    f"{number // 3600000 % 24:02}:{number // 60000 % 60:02}:{number // 1000 % 60:02}.{number % 1000:03}"
                )
                lines.append(
                    f"\x1b[34m2026-11-22 {clock}\x1b[39m | \x1b[1m\x1b[32m{level:^16}\x1b[39m\x1b[49m\x1b[0m"
                    f" | bittensor:miner_evaluator.py:{100 + number % 400} | {text}\n"
                )
            written += file.write("".join(lines).encode())


def patterns_of(role: Role) -> list[str]:
    """The patterns for grep of all signals of that role."""
    return [made for signal in packs.load(PACK).spec.signals_of(role) if (made := grep_of(signal))]


def ere(pattern: str) -> str:
    """The pattern as grep -E knows it, "" for one of several lines. A message may begin anywhere."""
    made = "".join(_ere(part) for part in _parser.parse(pattern))
    return "" if "\n" in made else made


def grep_of(signal: Signal) -> str:
    """The signal's pattern as grep -E knows it, behind the levels that are loud enough; "" for one of several lines."""
    loud = [] if signal.level is None else [name for name, level in LEVELS.items() if level >= LEVELS[signal.level]]
    made = ere(signal.match)
    return f"({'|'.join(loud)}) .*{made}" if loud and made else made


def _ere(part: tuple[Any, Any]) -> str:
    code, argument = part
    if code is codes.LITERAL:
        return re.sub(r"([\\.\[\](){}*+?|^$])", r"\\\1", chr(argument))
    if code is codes.NOT_LITERAL:
        return "." if argument == ord("\n") else f"[^{chr(argument)}]"
    if code is codes.ANY:
        return "."
    if code is codes.IN:
        return _set(argument)
    if code is codes.BRANCH:
        return "(" + "|".join("".join(map(_ere, branch)) for branch in argument[1]) + ")"
    if code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
        inside = argument[-1] if code is codes.SUBPATTERN else argument
        return "(" + "".join(map(_ere, inside)) + ")"
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, inside = argument
        if most is not codes.MAXREPEAT and most > MOST_COUNTED:
            least, most = min(least, 1), codes.MAXREPEAT
        times = {(0, codes.MAXREPEAT): "*", (1, codes.MAXREPEAT): "+", (0, 1): "?"}.get((least, most))
        if times is None:
            times = f"{{{least},{'' if most is codes.MAXREPEAT else most}}}"
        return "(" + "".join(map(_ere, inside)) + ")" + times if len(inside) > 1 else _ere(inside[0]) + times
    if code is codes.AT:
        return {codes.AT_END: "$", codes.AT_BOUNDARY: r"\b"}.get(argument, "")
    return ""


_CLASSES = {
    codes.CATEGORY_DIGIT: "0-9",
    codes.CATEGORY_WORD: "[:alnum:]_",
    codes.CATEGORY_SPACE: "[:space:]",
}
_OTHERS = {
    codes.CATEGORY_NOT_SPACE: "[^[:space:]]",
    codes.CATEGORY_NOT_DIGIT: "[^0-9]",
    codes.CATEGORY_NOT_WORD: "[^[:alnum:]_]",
}


def _set(members: list[tuple[Any, Any]]) -> str:
    negated = members[0][0] is codes.NEGATE
    single, classes, first, last = "", "", "", ""
    for code, argument in members[negated:]:
        if negated and (code, argument) == (codes.LITERAL, ord("\n")):
            continue  # grep sees one line
        if code is codes.CATEGORY and argument in _OTHERS:
            return _OTHERS[argument] if len(members) == 1 else "."
        if code is codes.CATEGORY:
            classes += _CLASSES[argument]
        elif code is codes.RANGE:
            classes += f"{chr(argument[0])}-{chr(argument[1])}"
        elif chr(argument) == "]":
            first = "]"
        elif chr(argument) in "-^":
            last += chr(argument)
        else:
            single += chr(argument)
    return f"[{'^' if negated else ''}{first}{single}{classes}{''.join(sorted(last, reverse=True))}]"


def timed(words: list[str], root: Path) -> tuple[float, float, int, str]:
    """Seconds by the clock, of processor time, the most memory in bytes, and what it said."""
    out = root / "said"
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[1])}
    with out.open("wb") as said:
        started = time.monotonic()
        running = subprocess.Popen(words, cwd=root, stdout=said, env=environ)
        _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - started
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        sys.exit(f"{' '.join(words)} ended with {running.returncode}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, out.read_text(encoding="utf-8")


def ours(log: Path, role: Role, root: Path) -> tuple[float, float, int, int]:
    """The same of netctl ingest, with a new store, and the number of events."""
    for old in root.glob("bench.db*"):
        old.unlink()
    words = [sys.executable, "-m", "netctl", "ingest", str(log), "--role", role, "--pack", PACK, "--store", "bench.db"]
    *figures, said = timed(words, root)
    found = re.search(r"(\d+) events? of", said)
    if found is None:
        sys.exit(f"netctl ingest said: {said}")
    return figures[0], figures[1], int(figures[2]), int(found[1])


def long_log(path: Path, piece: Path, size: int) -> None:
    """A log of that many bytes, one piece over and over."""
    if shutil.disk_usage(path.parent).free < size * 1.3:
        sys.exit(f"{path.parent} has no room for {size / 1e9:.0f} GB")
    with path.open("wb") as file:
        while file.tell() < size:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, file, 8 * 1024 * 1024)


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--megabytes", type=int, default=200)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--memory", type=float, default=0, metavar="GIGABYTES")
    told = words.parse_args()
    root = Path(tempfile.mkdtemp(prefix="netctl-ingest-"))
    screen = Console()
    try:
        return measured(root, told.megabytes, told.rounds, told.memory, screen)
    finally:
        shutil.rmtree(root)


def measured(root: Path, megabytes: int, rounds: int, gigabytes: float, screen: Console) -> int:
    """Prints the tables; the exit code."""
    table = Table("log", "lines", "events", "netctl ingest", "grep -E", "ratio", title=f"signals of pack {PACK}")
    total = {"ours": 0.0, "grep": 0.0}
    short = 0
    for role in ROLES:
        log, greps = root / f"{role}.log", root / f"{role}.patterns"
        write_log(log, role, megabytes * 1_000_000)
        greps.write_text("".join(f"{pattern}\n" for pattern in patterns_of(role)), encoding="utf-8")
        with log.open("rb") as file:
            lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        we, they = [], []
        for _ in range(rounds):
            they.append(timed(["grep", "-a", "-c", "-E", "-f", str(greps), str(log)], root))
            we.append(ours(log, role, root))
        mine, grep = statistics.median(each[0] for each in we), statistics.median(each[0] for each in they)
        total["ours"], total["grep"] = total["ours"] + mine, total["grep"] + grep
        events, short = we[0][3], max(each[2] for each in we)
        if events < int(they[0][3]):
            sys.exit(f"{role}: grep has {they[0][3].strip()} lines, and the store {events} events")
        shown = f"{mine:.2f} s ({statistics.median(each[1] for each in we):.2f} of processor time)"
        share = f"{events} ({events / lines:.0%})"
        theirs = f"{grep:.2f} s ({statistics.median(each[1] for each in they):.2f})"
        table.add_row(f"{role}, {megabytes} MB", str(lines), share, shown, theirs, f"{mine / grep:.2f}")
    ratio = total["ours"] / total["grep"]
    table.add_row("both", "", "", f"{total['ours']:.2f} s", f"{total['grep']:.2f} s", f"{ratio:.2f}")
    screen.print(table)
    if not gigabytes:
        return 1 if ratio > MARK else 0
    long = root / "long.log"
    long_log(long, root / "validator.log", int(gigabytes * 1e9))
    seconds, _, memory, events = ours(long, "validator", root)
    screen.print(
        f"{gigabytes:g} GB: {events} events in {seconds:.0f} s with {memory / 1e6:.0f} MB of memory at the most;"
        f" {megabytes} MB: {short / 1e6:.0f} MB"
    )
    return 1 if ratio > MARK or memory > GROWTH * short else 0


if __name__ == "__main__":
    raise SystemExit(main())
