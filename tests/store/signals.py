"""Signals of every kind, and lines that they are in, as RESI's programs write them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netctl.fleet import Role
from netctl.signals.spec import Signal
from netctl.store.database import opened
from netctl.store.feeding import Feeder
from netctl.store.sources import LogSource


def signal(name: str, match: str, **more: Any) -> Signal:
    return Signal(name=name, match=match, means="m", examples=("x",), **more)


SIGNALS = (
    signal(
        "evaluated",
        r"Evaluated Miner (?P<uid>\d+)\. Score=(?P<score>\S+)\. Credibility=(?P<credibility>\S+)\.$",
        fields={"uid": "uid", "score": "number", "credibility": "number"},
    ),
    signal(
        "validated",
        r"(?P<hotkey>5\w+): Data validation .* results: \[(?P<results>.*)\]",
        fields={"hotkey": "hotkey", "valid": "flag"},
        each={"of": "results", "match": r"is_valid=(?P<valid>\w+), reason='(?P<reason>[^']*)'"},
        sort={"of": "reason", "into": "sort", "classes": {"assumed": "assum"}, "otherwise": "asked"},
    ),
    signal("failed", r"Traceback(?s:.*) - (?P<hotkey>5\w+): Failed to update.*\Z", whole=True, level="ERROR"),
    signal("lookup", r"^(?P<error>\w+Error): (?P<uid>\d+)", fields={"uid": "uid"}),
    signal("error", r"(?P<text>.+)", level="ERROR", rest=True),
)
PACK = """\
pack: trial
title: t
roles:
  miner: {program: [a]}
  validator:
    program: [a]
    signals:
      - name: evaluated
        match: 'Evaluated Miner (?P<uid>\\d+)\\. Score=(?P<score>\\S+)\\. Credibility=(?P<credibility>\\S+)\\.$'
        fields: {uid: uid, score: number, credibility: number}
        means: a miner was scored
        examples: ['Evaluated Miner 1. Score=7. Credibility=0.5.']
launch: {order: [validator, miner]}
"""
"""A pack with one of them, as a file."""

EVERY: dict[Role, tuple[Signal, ...]] = {"validator": SIGNALS, "miner": SIGNALS}


def stamped(number: int, level: str, text: str) -> str:
    """A line as it is written at the so manieth half second of a day."""
    moment = f"2026-11-22 {number // 7200 % 24:02}:{number // 120 % 60:02}:{number // 2 % 60:02}.{number % 2 * 500:03}"
    return f"\x1b[34m{moment}\x1b[39m | \x1b[1m{level:^16}\x1b[0m | bittensor:a.py:{number} | {text}\n"


def lines(seed: int) -> Iterator[str]:
    """Lines without end; every tenth or so begins a record of several."""
    chance = random.Random(seed)
    number = 0
    while True:
        number += 1
        match chance.randrange(10):
            case 0:
                yield stamped(number, "ERROR", "Traceback (most recent call last):")
                for depth in range(chance.randrange(60)):
                    yield f'  File "a.py", line {depth}, in f\n'
                yield f"KeyError: {number}\n"
                yield f" - 5Hotkey{number}: Failed to update and get miner index.\n"
            case 1 | 2 | 3:
                score = chance.choice(("2.26e-38", "711.99", "nan"))
                yield stamped(number, "SUCCESS", f"Evaluated Miner {number}. Score={score}. Credibility=0.5.")
            case 4:
                found = ", ".join("V(is_valid=True, reason='assumed valid')" for _ in range(chance.randrange(4)))
                yield stamped(number, "INFO", f"5Hot{number}: Data validation finished with results: [{found}]")
            case 5:
                yield stamped(number, "ERROR", f"boom {number} " + "x" * chance.choice((1, 300, 9000)))
            case _:
                yield stamped(number, "DEBUG", f"Processing job zillow_zip_{number}")


def a_source(path: Path, *, foreign: bool = False, name: str = "validator_1") -> LogSource:
    return LogSource(name, "validator", "trial", "stdout", path, foreign=foreign)


def feed(store: Path, *sources: LogSource, now: float = 1.0, **more: Any) -> int:
    """How many events that has brought."""
    with opened(store) as connection:
        feeder = Feeder(connection, EVERY)
        return sum(feeder.feed(source, now=now, **more).events for source in sources)


ROWS = """
SELECT sources.path, sources.generation, events.offset, events.number, signals.name, events.time, events.uid,
events.hotkey, events.data FROM events JOIN sources ON sources.id = source JOIN signals ON signals.id = signal
ORDER BY 1, 2, 3, 4
"""


def rows(store: Path, query: str = ROWS) -> list[tuple[Any, ...]]:
    """All events with what they say; when they were read is left out."""
    with opened(store) as connection:
        return connection.execute(query).fetchall()
