"""Tries signals on a log: what each of them takes, and which lines none does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from netctl.logs.heads import head_of
from netctl.logs.lines import LONGEST_LINE, without_prefix
from netctl.signals.matching import LOOKED_BACK, Carried, Event, Matcher
from netctl.signals.shapes import Shapes
from netctl.signals.spec import Signal, StreamName

BLOCK = 2 * 1024 * 1024
SHOWN = 240
"""Characters of a line that is shown as an example."""


@dataclass(slots=True)
class Trial:
    """What came of it. `counts` are events, of which one line may hold several; `lines` are all lines of the log.

    `outcomes` are the classes of signals that sort, `examples` the first line of each signal, without its prefix.
    `slow` are signals without a word of their own: for them every line was looked at. `hidden` are signals that lines
    were missed of, with the first such line: colours split the word that they are looked for by.
    """

    signals: Sequence[Signal]
    slow: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    unmatched: int = 0
    shapes: Shapes = field(default_factory=Shapes)

    @property
    def never(self) -> tuple[str, ...]:
        """The signals that took nothing, in the order of the pack."""
        return tuple(signal.name for signal in self.signals if signal.name not in self.counts)


def tried(chunks: Iterable[bytes], signals: Sequence[Signal], stream: StreamName) -> Trial:
    """Look for the signals in a log that comes in pieces of any size, in constant memory."""
    looked_for = [signal for signal in signals if stream in signal.streams]
    matcher = Matcher(looked_for, stream)
    trial = Trial(looked_for, tuple(matcher.readers[number].signal.name for number in matcher.always))
    carried, offset, past = Carried(), 0, b""
    for block in whole_lines(chunks):
        events, carried = matcher.events(block, offset, carried, partial(bytes, past))
        _note(trial, matcher, block, offset, events)
        offset += len(block)
        past = (past + block)[-LOOKED_BACK:]
    return trial


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end with a line, but for the last one and for lines beyond all measure."""
    held: list[bytes] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length < BLOCK:
            continue
        block = b"".join(held)
        cut = block.rfind(b"\n") + 1 or (length if length >= LONGEST_LINE else 0)
        if cut:
            yield block[:cut]
        held, length = [block[cut:]], len(block) - cut
    if rest := b"".join(held):
        yield rest


def _note(trial: Trial, matcher: Matcher, block: bytes, offset: int, events: Sequence[Event]) -> None:
    into = {signal.name: signal.sort.into for signal in trial.signals if signal.sort is not None}
    taken: dict[int, list[str]] = {}
    for event in events:
        trial.counts[event.signal] += 1
        taken.setdefault(event.offset - offset, []).append(event.signal)
        if event.signal in into:
            outcome = str(event.fields[into[event.signal]])
            trial.outcomes.setdefault(event.signal, Counter())[outcome] += 1
    start = 0
    for raw in block.removesuffix(b"\n").split(b"\n"):
        trial.lines += 1
        if start in taken:
            for name in taken[start]:
                if name not in trial.examples:
                    trial.examples[name] = without_prefix(raw)[:SHOWN]
        else:
            trial.unmatched += 1
            _note_unmatched(trial, matcher, raw)
        start += len(raw) + 1


def _note_unmatched(trial: Trial, matcher: Matcher, raw: bytes) -> None:
    text = without_prefix(raw[: 8 * SHOWN]).strip()
    if text:
        trial.shapes.add(text)
    if b"\x1b" in raw[head_of(raw).length :]:
        text = without_prefix(raw)
        for reader in matcher.readers:
            signal = reader.signal
            if signal.level is None and not signal.whole and signal.name not in trial.hidden and reader.read(text):
                trial.hidden[signal.name] = text[:SHOWN]
