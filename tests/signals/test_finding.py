"""Looking for words first finds what looking at every line would, however words overlap."""

from __future__ import annotations

import random

import pytest

from netctl.signals.literals import hidden_by
from netctl.signals.matching import Carried, Event, Matcher
from tests.store.signals import SIGNALS, lines, signal

WORDS = ("Miner", "Evaluated Mi", "ed Miner ", "ner 7", "ners are", "aaa", "aaaab", "baaa", "r are w", "❌ Mi", " 7❌")


@pytest.mark.parametrize(
    ("found", "other", "rests"),
    [
        ("Evaluated Mi", "Miner", {"ner"}),
        ("Miner", "Evaluated Mi", set()),
        ("Evaluated Miner", "Miner", {""}),
        ("Miner", "Miners", {"s"}),
        ("aaa", "aaaab", {"ab", "aab", "aaab"}),
        ("Miner", "Miner", {""}),
        ("one", "two", set()),
    ],
)
def test_a_word_hides_those_that_begin_in_it(found: str, other: str, rests: set[str]) -> None:
    assert hidden_by(found, other) == rests


def everything(matcher: Matcher, block: bytes) -> list[Event]:
    """Its events when every line is looked at for every signal."""
    matcher.always = (0,)
    return matcher.events(block, 0, Carried())[0]


@pytest.mark.parametrize("seed", range(20))
def test_words_that_overlap_hide_no_line(seed: int) -> None:
    chance = random.Random(seed)
    signals = [signal(f"w{number}", word) for number, word in enumerate(WORDS) if chance.random() < 0.7]
    pieces = (*WORDS, "ner", "a", "b", " ", "\n", "s are", "7")
    block = "".join(chance.choice(pieces) for _ in range(3000)).encode()
    found = Matcher(signals, "stdout").events(block, 0, Carried())[0]
    assert found == everything(Matcher(signals, "stdout"), block)
    assert len(found) > 100


def test_signals_of_every_kind_are_found_by_their_words() -> None:
    source = lines(4)
    block = "".join(next(source) for _ in range(2000)).encode()
    signals = [each for each in SIGNALS if each.name != "error"]
    found = Matcher(signals, "stdout").events(block, 0, Carried())[0]
    assert not Matcher(signals, "stdout").always
    assert {event.signal for event in found} == {"evaluated", "validated", "failed", "lookup"}
    assert found == everything(Matcher(signals, "stdout"), block)
