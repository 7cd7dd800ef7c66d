"""What reading signals into the store costs, beside `grep -E` with the same patterns over the same logs, in turns.

    python benchmarks/ingest.py [--megabytes 200] [--rounds 3] [--memory 10]

Two logs as RESI writes them at its debug level, a miner's and a validator's, are made and read by `netctl ingest` as a
program, start and all, and by grep, which only counts. The patterns are those of the pack `resi`, translated to grep's
syntax; while it has none, a list of its own. Exits 1 where both logs together take more than three times grep's wall
time. `--memory 10` reads a validator's log of ten gigabytes too, one piece written over and over; it needs the disk
for it, and tells the most memory that this took beside that of the short one. Exits 1 where it is a fifth more.
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

import yaml
from rich.console import Console
from rich.table import Table

from netctl import packs
from netctl.fleet import Role

MARK = 3.0
GROWTH = 1.2
ROLES: tuple[Role, ...] = ("miner", "validator")
SS58 = "5" + "F" * 47
HOTKEYS = [f"5{letter * 47}" for letter in "CDEFGHJKLMNP"]

_N, _HOTKEY, _NUMBER = r"\d+", r"5\w+", r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|nan|inf)"
OWN: dict[Role, list[str]] = {
    "validator": [
        rf"Evaluated Miner (?P<uid>\d+)\. Score=(?P<score>{_NUMBER})\. Credibility=(?P<credibility>{_NUMBER})\.",
        rf"(?P<hotkey>{_HOTKEY}): Evaluating miner\.",
        r"batch of uids: \{(?P<uids>[\d, ]+)\}",
        rf"(?P<hotkey>{_HOTKEY}): Got new compressed miner index of (?P<bytes>\d+) bytes across (?P<buckets>\d+) b",
        rf"(?P<hotkey>{_HOTKEY}): Miner failed to respond with an index",
        rf"(?P<hotkey>{_HOTKEY}): Failed to get an index for miner",
        rf"(?P<hotkey>{_HOTKEY}): Miner returned an invalid/failed response for Bucket ID: (?P<bucket>.*)",
        rf"(?P<hotkey>{_HOTKEY}): Failed basic entity validation on Bucket ID: (?P<bucket>.*) with reason: (?P<why>.*)",
        rf"(?P<hotkey>{_HOTKEY}): Data validation on selected entities finished with results: \[(?P<results>.*)\]",
        rf"(?P<hotkey>{_HOTKEY}): . S3 Invalid \((?P<percent>[\d.]+)%\): (?P<issues>.*)",
        rf"(?P<hotkey>{_HOTKEY}): . S3 Valid \((?P<percent>[\d.]+)%\): (?P<jobs>\d+) jobs, (?P<files>\d+) files",
        r"Miner (?P<uid>\d+) did not pass S3 validation\. Reason: (?P<reason>.*)",
        rf"Awarded Miner (?P<uid>\d+) a S3 boost of (?P<boost>{_NUMBER})",
        r"Too many duplicates: (?P<percent>[\d.]+)%",
        r"Validator running on step\((?P<step>\d+)\) block\((?P<block>\d+)\)",
        r"Finished setting weights",
        r"Failed set weights\. Error: (?P<error>.*)",
    ],
    "miner": [
        rf"Got to a (?P<what>\w+) request from (?P<hotkey>{_HOTKEY})",
        r"Returning compressed miner index of (?P<bytes>\d+) bytes across (?P<buckets>\d+) buckets to (?P<hotkey>5\w+)",
        r"Scraping (?P<zipcode>\d+) for",
        r"Found (?P<found>\d+) properties in (?P<zipcode>\d+)",
        r"Successfully scraped (?P<found>\d+) real estate entities",
        r"Error scraping (?P<zipcode>\d+): (?P<error>.*)",
        r"API error for (?P<zipcode>\d+): (?P<status>\d+)",
        r"Rate limited for location (?P<zipcode>\d+)",
        r"S3 upload success: hotkey=(?P<hotkey>[^/]+)/job_id=(?P<job>[^/]+)/(?P<file>\S+)",
        r"Uploaded (?P<records>\d+) records to job (?P<job>\S+)",
        r"S3 upload failed: (?P<why>.*)",
        r"Failed to get S3 credentials: (?P<why>.*)",
        r"Step:(?P<step>\d+) \| Block:(?P<block>\d+)",
    ],
}
KINDS = (
    {"uid": "uid", "hotkey": "hotkey", "uids": "uids", "zipcode": "zipcode", "percent": "percent"}
    | dict.fromkeys(("score", "credibility", "boost"), "number")
    | dict.fromkeys(("bytes", "buckets", "jobs", "files", "step", "block", "found", "status", "records"), "int")
)


def evaluation(chance: random.Random) -> Iterator[tuple[str, str]]:
    """What a validator writes of one miner's evaluation."""
    hotkey, uid = chance.choice(HOTKEYS), chance.randrange(256)
    bucket = (
        f"time_bucket=TimeBucket(id={chance.randrange(498000, 499000)}) source=4 label=DataLabel(value='zip:77494')"
    )
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
    yield "DEBUG", f"{hotkey}: Performing basic validation on Bucket ID: {bucket}."
    yield "DEBUG", f"{hotkey}: Basic validation on Bucket ID: {bucket} passed. Validating uris: ['https://z.com/1']."
    for number in range(4):
        yield (
            "DEBUG",
            f"Validating property {number} of https://www.zillow.com/homedetails/{chance.randrange(10**8)}_zpid",
        )
    yield "INFO", f"{hotkey}: Data validation on selected entities finished with results: [{entity}, {entity}]"
    yield "INFO", f"{hotkey}: ❌ S3 Invalid (50.0%): Low scraper success rate: 0.0%"
    yield "INFO", f"{hotkey}: Miner {uid} did not pass S3 validation. Reason: S3 validation: FAILED - Duplicates: 0.0%"
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


def pack_of(root: Path) -> tuple[str, dict[Role, list[str]]]:
    """The pack whose signals are looked for, and their patterns by role."""
    spec = packs.load("resi").spec
    if all(spec.signals_of(role) for role in ROLES):
        return "resi", {role: [signal.match for signal in spec.signals_of(role)] for role in ROLES}
    roles = {}
    for role, patterns in OWN.items():
        signals = [
            {
                "name": f"signal_{number}",
                "match": pattern,
                "fields": {name: KINDS[name] for name in re.compile(pattern).groupindex if name in KINDS},
                "means": "one of the benchmark's",
                "examples": [example_of(pattern)],
            }
            for number, pattern in enumerate(patterns)
        ]
        roles[role] = {"program": ["a"], "signals": signals}
    (root / "own").mkdir()
    document = {"pack": "own", "title": "signals of the benchmark", "roles": roles, "launch": {"order": list(ROLES)}}
    (root / "own" / "pack.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return "./own", OWN


def example_of(pattern: str) -> str:
    """A line that the pattern takes, made of it."""
    made = pattern
    for group, text in ((_NUMBER, "1.5"), (_HOTKEY, SS58), (r"[\d, ]+", "1, 2"), (r"[\d.]+", "5.0"), (_N, "7")):
        made = made.replace(group, text)
    made = re.sub(r"\(\?P<\w+>((?:[^()]|\[[^]]*\])*)\)", lambda found: found[1], made)
    for group, text in ((r"[^/]+", "x"), (r"\w+", "x"), (r"\S+", "x"), (".*", "x")):
        made = made.replace(group, text)
    return re.sub(r"\\(.)", r"\1", made)


def grep_of(pattern: str) -> str:
    """The pattern as grep -E knows it. What holds at the message's start holds anywhere: grep sees whole lines."""
    return "".join(_ere(part) for part in _parser.parse(pattern))


def _ere(part: tuple[Any, Any]) -> str:
    code, argument = part
    if code is codes.LITERAL:
        return re.sub(r"([\\.\[\](){}*+?|^$])", r"\\\1", chr(argument))
    if code is codes.NOT_LITERAL:
        return f"[^{chr(argument)}]"
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


def ours(log: Path, role: Role, pack: str, root: Path) -> tuple[float, float, int, int]:
    """The same of netctl ingest, with a new store, and the number of events."""
    for old in root.glob("bench.db*"):
        old.unlink()
    words = [sys.executable, "-m", "netctl", "ingest", str(log), "--role", role, "--pack", pack, "--store", "bench.db"]
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
    pack, patterns = pack_of(root)
    table = Table("log", "lines", "events", "netctl ingest", "grep -E", "ratio", title=f"signals of pack {pack}")
    total = {"ours": 0.0, "grep": 0.0}
    short = 0
    for role in ROLES:
        log, greps = root / f"{role}.log", root / f"{role}.patterns"
        write_log(log, role, megabytes * 1_000_000)
        greps.write_text("".join(f"{grep_of(pattern)}\n" for pattern in patterns[role]), encoding="utf-8")
        with log.open("rb") as file:
            lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        we, they = [], []
        for _ in range(rounds):
            they.append(timed(["grep", "-a", "-c", "-E", "-f", str(greps), str(log)], root))
            we.append(ours(log, role, pack, root))
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
    seconds, _, memory, events = ours(long, "validator", pack, root)
    screen.print(
        f"{gigabytes:g} GB: {events} events in {seconds:.0f} s with {memory / 1e6:.0f} MB of memory at the most;"
        f" {megabytes} MB: {short / 1e6:.0f} MB"
    )
    return 1 if ratio > MARK or memory > GROWTH * short else 0


if __name__ == "__main__":
    raise SystemExit(main())
