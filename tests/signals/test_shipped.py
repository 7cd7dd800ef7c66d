"""The signals of the shipped packs: each takes what it shows as its example, and from any log that may hold it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.fleet import Role
from netctl.packs import pack_names
from netctl.signals.literals import literals_of
from netctl.signals.matching import Matcher
from netctl.signals.reading import Reader
from netctl.signals.spec import Signal
from tests.signals.packs import events_in, pack, roles, signals_of, written

pytestmark = pytest.mark.fast
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", pack_names())
def test_what_is_read_from_every_example_is_as_reviewed(name: str, golden: Callable[[str, str], None]) -> None:
    read = {
        role: {
            signal.name: [[example, list(Reader(signal).read(example))] for example in signal.examples]
            for signal in signals_of(name, role)
        }
        for role in pack(name).spec.roles
    }
    golden(f"signals-{name}.json", json.dumps(read, ensure_ascii=False, indent=1) + "\n")


@pytest.mark.parametrize(("name", "role"), list(roles()))
def test_every_example_is_found_in_a_log_of_either_stream(name: str, role: Role) -> None:
    """With colours, stamp, level and place, or without all that, as on standard error."""
    signals = signals_of(name, role)
    for signal in signals:
        for example in signal.examples:
            wanted = list(Reader(signal).read(example))
            for stream in signal.streams:
                level = signal.level or "INFO"
                for line in (written(example, level), written(example, level, place=False)):
                    log = f"{written('before')}\n{line}\n{written('after')}\n"
                    found = [event for event in events_in(log, signals, stream) if event.signal == signal.name]
                    assert [event.fields for event in found] == wanted, (signal.name, line)
                    assert all(event.time is not None for event in found)


@pytest.mark.parametrize(("name", "role"), list(roles()))
def test_an_example_is_nobody_elses_unless_they_tell_of_the_same(name: str, role: Role) -> None:
    together = [{"validated", "api_result"}, {"s3_summary", "s3_duplicates"}, {"traceback", "index_error"}]
    together += [{"traceback", "loop_failed"}]
    signals = signals_of(name, role)
    for signal in signals:
        if signal.rest:
            continue
        for example in signal.examples:
            found = {event.signal for event in events_in(f"{written(example)}\n", signals)}
            assert found == {signal.name} or any(found <= pair for pair in together), (example, found)


@pytest.mark.parametrize(("name", "role"), list(roles()))
def test_no_signal_costs_a_look_at_every_line(name: str, role: Role) -> None:
    for stream in ("stdout", "stderr"):
        matcher = Matcher(signals_of(name, role), stream)
        assert [matcher.readers[number].signal.name for number in matcher.always] == []


def test_a_signal_of_one_name_has_the_same_fields_in_both_packs() -> None:
    """One judge serves both."""

    def fields(signal: Signal) -> object:
        sort = signal.sort
        outcomes = set() if sort is None else set(sort.outcomes)
        return {name: signal.kind_of(name) for name in signal.groups}, sort and sort.into, outcomes

    for role in pack("resi").spec.roles:
        real = {signal.name: fields(signal) for signal in signals_of("resi", role)}
        standing_in = {signal.name: fields(signal) for signal in signals_of("rehearsal", role)}
        both = set(real) & set(standing_in)
        assert len(both) > 12
        assert {name: real[name] for name in both} == {name: standing_in[name] for name in both}


@pytest.mark.parametrize(("name", "role"), list(roles()))
def test_every_field_that_is_no_text_says_what_it_is(name: str, role: Role) -> None:
    """A group that only digits can be in must not be kept as text."""
    for signal in signals_of(name, role):
        read = [fields for example in signal.examples for fields in Reader(signal).read(example)]
        for field in signal.groups:
            values = {fields[field] for fields in read if isinstance(fields[field], str)}
            if signal.kind_of(field) == "text" and field not in {"zpid", "what"}:
                assert not any(str(value).replace(".", "").isdigit() for value in values), (signal.name, field)


def test_the_page_shows_every_signal_of_resi() -> None:
    page = (DOCS / "signals.md").read_text(encoding="utf-8")
    for role in pack("resi").spec.roles:
        for signal in signals_of("resi", role):
            assert f"| `{signal.name}` |" in page
            assert signal.means in page, signal.name
            assert signal.caution in page, signal.name


def test_words_are_of_the_line_that_completes_the_pattern() -> None:
    assert literals_of(r"(?s)begin.*end\Z", last_line=True) == ()
    assert literals_of(r"(?s:begin.*)end\Z", last_line=True) == ("end",)
    assert literals_of(r"first line\n +second (?:one|two)\Z", last_line=True) == ("second ",)
    assert literals_of(r"first[^x]line\Z", last_line=True) == ("line",)
    assert literals_of(r"first[^xy]line\Z", last_line=True) == ("line",)
    assert literals_of(r"first[^\n]line\Z", last_line=True) == ("first",)
    assert literals_of(r"only\s\Z", last_line=True) == ()
    assert literals_of(r"(?:first\n)?last\Z", last_line=True) == ("last",)
    assert literals_of("✅ .*") == ("✅ ",)
