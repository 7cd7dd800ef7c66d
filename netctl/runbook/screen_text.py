"""What a terminal shows in the end of what a program wrote on it: lines drawn again and again come out once."""

from __future__ import annotations

import codecs
import re

KEPT = 200
"""Lines that a program may still go back to: no screen is higher."""
_SEQUENCE = re.compile(r"\x1b(?:\[([0-9;?<>=]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Za-z0-9]|[=>78cDEHMNOZ])")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?<>=]{0,40}|\][^\x07\x1b]{0,400}\x1b?|[()])?\Z")
_OTHER_SCREEN = ("?1049", "?47", "?1047")


class ScreenText:
    """Takes bytes as they come; `settled` gives lines that will not change any more, `open_lines` those that may."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._lines: list[str] = [""]
        self._row = self._column = 0
        self._elsewhere = False
        self._settled: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """What was written next."""
        text, self._rest = self._rest + self._decoder.decode(chunk), ""
        place = 0
        while place < len(text):
            escape = text.find("\x1b", place)
            self._write(text[place : escape if escape >= 0 else len(text)])
            if escape < 0:
                break
            found = _SEQUENCE.match(text, escape)
            if found is None and _UNFINISHED.match(text, escape):
                self._rest = text[escape:]
                break
            if found is not None and found[2] is not None:
                self._control(found[1], found[2])
            place = found.end() if found is not None else escape + 1

    def settled(self) -> list[str]:
        """Lines that cannot change any more, each given once."""
        given, self._settled = self._settled, []
        return given

    def open_lines(self) -> list[str]:
        """The lines after those, as they stand now."""
        lines = [line.rstrip() for line in self._lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _write(self, text: str) -> None:
        if self._elsewhere:
            return
        for piece in re.findall(r"[^\r\n\b\x07\x00]+|[\r\n\b]", text):
            if piece == "\n":
                self._down(1)
                self._column = 0
            elif piece == "\r":
                self._column = 0
            elif piece == "\b":
                self._column = max(0, self._column - 1)
            else:
                self._put(piece)

    def _put(self, piece: str) -> None:
        line = self._lines[self._row].ljust(self._column)
        self._lines[self._row] = line[: self._column] + piece + line[self._column + len(piece) :]
        self._column += len(piece)

    def _down(self, count: int) -> None:
        self._row += count
        while self._row >= len(self._lines):
            self._lines.append("")
        while len(self._lines) > KEPT:
            self._settled.append(self._lines.pop(0).rstrip())
            self._row -= 1

    def _control(self, parameters: str, final: str) -> None:
        if final in "hl" and parameters in _OTHER_SCREEN:
            self._elsewhere = final == "h"
        if self._elsewhere:
            return
        number = int(parameters) if parameters.isdigit() else 0
        line = self._lines[self._row]
        match final:
            case "A":
                self._row = max(0, self._row - max(1, number))
            case "B":
                self._down(max(1, number))
            case "C":
                self._column += max(1, number)
            case "D":
                self._column = max(0, self._column - max(1, number))
            case "G":
                self._column = max(0, number - 1)
            case "K":
                self._lines[self._row] = "" if number == 2 else line[: self._column] if number == 0 else line
            case "J" if number == 0:
                self._lines[self._row :] = [line[: self._column]]
