"""What lies between a log and its events: the words that are looked for first, blocks, and two that feed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netctl.fleet import Role
from netctl.signals.matching import Carried, Event, Matcher
from netctl.signals.spec import Signal, StreamName
from netctl.signals.trial import tried
from netctl.store.database import opened
from netctl.store.feeding import Feeder, LogSource
from tests.signals.packs import ALICE, events_in, matcher_of, roles, signals_of, written

pytestmark = pytest.mark.fast
RECORD = "\n".join(
    [
        written("Evaluated Miner 1. Score=2.26e-38. Credibility=0.2775000333786011.", "SUCCESS"),
        written("Traceback (most recent call last):", "ERROR"),
        '  File "/resi/vali_utils/miner_evaluator.py", line 455, in _update_and_get_miner_index',
        "KeyError: 4",
        f" - {ALICE}: Failed to update and get miner index.",
        written(f"{ALICE}: ❌ S3 Invalid (12.0%): Too many duplicates: 12.5%"),
        "",
    ]
).encode()


STREAMS: tuple[StreamName, ...] = ("stdout", "stderr")


@cache
def every_line(name: str, role: Role, stream: StreamName) -> Matcher:
    """The same without words: each line is looked at for each signal."""
    matcher = Matcher(signals_of(name, role), stream)
    matcher.always = tuple(range(len(matcher.readers)))
    return matcher


SOME = tuple(
    signal
    for signal in signals_of("resi", "validator")
    if signal.name in {"evaluated", "traceback", "error", "index_error", "s3_summary", "s3_duplicates"}
)
"""Of them a matcher is made in a moment."""


def lines_of(signals: tuple[Signal, ...]) -> st.SearchStrategy[str]:
    examples = [line for signal in signals for example in signal.examples for line in example.split("\n")]
    message = st.sampled_from(examples) | st.text(max_size=30).map(lambda text: text.replace("\n", " "))
    cut = st.tuples(message, st.integers(0, 400), st.integers(0, 12)).map(lambda part: part[0][part[2] : part[1]])
    levels = st.sampled_from(["INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"])
    headed = st.builds(lambda text, level, place: written(text, level, place=place), message, levels, st.booleans())
    bare = st.sampled_from(
        ["ERROR: ", "[error] ", "[Error] x ", "level=error ", "Traceback (most recent call last):", ""]
    )
    return headed | message | cut | st.builds(lambda head, text: head + text, bare, message)


def _compare(name: str, role: Role, data: st.DataObject) -> None:
    signals = signals_of(name, role)
    text = "\n".join(data.draw(st.lists(lines_of(signals), max_size=12)))
    stream = data.draw(st.sampled_from(STREAMS))
    quick = matcher_of(signals, stream).events(text.encode(), 0, Carried())
    assert quick == every_line(name, role, stream).events(text.encode(), 0, Carried())


@pytest.mark.parametrize(("name", "role"), list(roles()))
@settings(max_examples=8, deadline=None, derandomize=True)
@given(data=st.data())
def test_looking_for_words_first_finds_what_a_look_at_every_line_finds(
    name: str, role: Role, data: st.DataObject
) -> None:
    _compare(name, role, data)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "role"), list(roles()))
@settings(max_examples=800, deadline=None)
@given(data=st.data())
def test_looking_for_words_first_finds_it_in_any_log(name: str, role: Role, data: st.DataObject) -> None:
    _compare(name, role, data)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_in_pieces_of_any_size_a_log_tells_the_same(data: st.DataObject) -> None:
    block = "\n".join(data.draw(st.lists(lines_of(SOME), max_size=12))).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(block)), max_size=5)))
    pieces = [block[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(block)], strict=True)]
    whole, parts = tried([block], SOME, "stdout"), tried(pieces, SOME, "stdout")
    assert (parts.counts, parts.lines, parts.unmatched) == (whole.counts, whole.lines, whole.unmatched)
    assert whole.lines == (block.count(b"\n") + (not block.endswith(b"\n")) if block else 0)


def test_what_begins_in_one_block_and_ends_in_the_next_is_told_where_it_ends() -> None:
    signals = signals_of("resi", "validator")
    wanted = events_in(RECORD, signals)
    matcher = Matcher(signals, "stdout")
    ends = [at + 1 for at, byte in enumerate(RECORD) if byte == ord("\n")]
    for cut in ends:
        first, carried = matcher.events(RECORD[:cut], 0, Carried())
        second, _ = matcher.events(RECORD[cut:], cut, carried, lambda end=cut: RECORD[:end])  # type: ignore[misc]
        assert first + second == wanted, cut


def _stored(place: Path, *parts: bytes) -> list[tuple[object, ...]]:
    log = place / "validator_1.log"
    signals: dict[Role, tuple[Signal, ...]] = {"validator": SOME}
    source = LogSource("validator_1", "validator", "resi", "stdout", log)
    with opened(place / "metrics.db") as connection:
        for number, part in enumerate(parts):
            with log.open("ab" if number else "wb") as file:
                file.write(part)
            Feeder(connection, signals).feed(source, now=1.0)
        rows = connection.execute(
            "SELECT events.offset, number, name, events.time, uid, hotkey, data FROM events"
            " JOIN signals ON signals.id = events.signal ORDER BY events.offset, number"
        )
        return [(*row[:6], json.loads(row[6])) for row in rows]


def _stepwise(begin: int, step: int) -> range:
    return range(begin, len(RECORD) + 1, step)


def test_a_record_cut_at_some_byte_by_two_feeders_is_the_same(tmp_path: Path) -> None:
    _cut_and_compare(tmp_path, _stepwise(0, 41))


@pytest.mark.slow
def test_a_record_cut_at_every_byte_by_two_feeders_is_the_same(tmp_path: Path) -> None:
    _cut_and_compare(tmp_path, _stepwise(0, 1))


def _cut_and_compare(place: Path, cuts: range) -> None:
    (place / "whole").mkdir()
    wanted = _stored(place / "whole", RECORD)
    expected = events_in(RECORD, SOME)
    assert [_told(event) for event in expected] == [(row[0], row[1], row[2], row[3], row[6]) for row in wanted]
    assert len(wanted) == 6
    for cut in cuts:
        part = place / str(cut)
        part.mkdir()
        assert _stored(part, RECORD[:cut], RECORD[cut:]) == wanted, cut


def _told(event: Event) -> tuple[object, ...]:
    return event.offset, event.number, event.signal, event.time, event.fields
