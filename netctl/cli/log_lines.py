"""What `netctl logs` is asked for in words, and how it shows a line."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from netctl.cli.output import label_of, say, show, without_colours
from netctl.errors import UsageError
from netctl.profile.suggest import did_you_mean

if TYPE_CHECKING:
    from netctl.logs import Choice, LogLine, Source

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")
_TOLD_ONE_BY_ONE = 3


def choice_of(
    patterns: Sequence[str], *, ignore_case: bool, level: str | None, since: str | None, until: str | None
) -> Choice:
    """Which lines these words mean; UsageError for a word that means none."""
    from netctl.logs import Choice

    return Choice(
        patterns=tuple(_pattern(text, ignore_case=ignore_case) for text in patterns),
        level=None if level is None else _level(level),
        since=None if since is None else _moment("--since", since),
        until=None if until is None else _moment("--until", until),
    )


def _pattern(text: str, *, ignore_case: bool) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE if ignore_case else 0)
    except re.error as exc:
        where = "" if exc.pos is None else f" at character {exc.pos + 1}"
        raise UsageError(
            f"--grep {text!r} is no regular expression: {exc.msg}{where}",
            hint=f"put a backslash before what is meant as it is: {re.escape(text)}",
        ) from exc


def _level(word: str) -> str:
    from netctl.logs import LEVELS

    if word.upper() in LEVELS:
        return word.upper()
    hint = did_you_mean(word.upper(), tuple(LEVELS)) or f"one of {', '.join(LEVELS)}"
    raise UsageError(f"--level {word!r} is no level", hint=hint)


def _moment(option: str, text: str) -> float:
    from netctl.logs import when

    try:
        return when(text, now=time.time())
    except ValueError as exc:
        raise UsageError(
            f"{option} {text!r} is no time", hint="write 10m for ten minutes ago, 12:00, or 2026-11-28T12:00"
        ) from exc


def show_lines(lines: Iterable[LogLine], sources: Sequence[Source], *, as_json: bool, raw: bool) -> None:
    """Each line as it comes; those of several logs behind their name. What is not flushed is flushed by `pause`."""
    if raw:
        for line in lines:
            sys.stdout.buffer.write(line.raw + b"\n")
    elif as_json:
        import json

        for line in lines:
            show(json.dumps(_document(line), ensure_ascii=False))
    else:
        labels = _labels(sources)
        for line in lines:
            text = harmless(without_colours(line.text))
            show(f"{labels[line.name, line.stream]} {text}" if len(sources) > 1 else text)


def say_if_none(sources: Sequence[Source]) -> None:
    """Say which logs are not there or empty."""
    from netctl.logs import LogFile

    none = [source for source in sources if not source.path.exists()]
    empty = [source for source in sources if source not in none and LogFile(source.path).end() == 0]
    if len(none) > _TOLD_ONE_BY_ONE:
        say(f"{', '.join(dict.fromkeys(source.name for source in none))} have written no log yet")
    elif len({source.stream for source in sources}) == 1:
        for source in none:
            say(f"{source.name} has written no log yet; it would be {source.path}")
    if len({source.stream for source in sources}) == 1 and len(empty) <= _TOLD_ONE_BY_ONE:
        for source in empty:
            other = "" if source.stream == "stderr" else " --err"
            say(f"{source.name} has written nothing there; see netctl logs {source.name}{other}")


def pause(seconds: float) -> None:
    """Show what there is, and wait. BrokenPipeError when whoever read it has gone, though there be nothing to say."""
    import select

    sys.stdout.flush()
    try:
        file = sys.stdout.fileno()
    except OSError:
        time.sleep(seconds)
        return
    poll = select.poll()
    poll.register(file, 0)
    if poll.poll(seconds * 1000):
        raise BrokenPipeError


def _labels(sources: Sequence[Source]) -> dict[tuple[str, str], str]:
    both = len({source.stream for source in sources}) > 1
    words = {(s.name, s.stream): f"{s.name} err" if both and s.stream == "stderr" else s.name for s in sources}
    width = max((len(word) for word in words.values()), default=0)
    names = list(dict.fromkeys(source.name for source in sources))
    return {key: label_of(word, width, _COLOURS[names.index(key[0]) % len(_COLOURS)]) for key, word in words.items()}


def _document(line: LogLine) -> dict[str, Any]:
    moment = None if line.time is None else datetime.fromtimestamp(line.time, UTC).isoformat(timespec="milliseconds")
    return {
        "name": line.name,
        "stream": line.stream,
        "time": None if moment is None else moment.replace("+00:00", "Z"),
        "level": line.level,
        "continued": line.continued,
        "text": line.message,
        "line": line.plain,
    }


def harmless(text: str) -> str:
    """The text, in which nothing but colours can do anything to a terminal."""
    return _CONTROL.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    """What would move a terminal's cursor, ring it or worse, as a sign that only shows it."""
    code = ord(found[0])
    # What some terminals take for the beginning of a sequence, 0x9b for one, has no picture of its own.
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\u2426"
