"""The tables of docs/clients.md: rows of what was tried, a column for each client, footnotes where needed."""

from __future__ import annotations

import fcntl
import re
from dataclasses import dataclass, field
from pathlib import Path

PAPER = Path(__file__).parent.parent.parent / "docs" / "clients.md"
YES, NO, NOT_OFFERED = "yes", "**no**", "not offered"
_CELL = re.compile(r"(?P<answer>.+?)(?: \[\^(?P<note>[a-z]+-\d+)\])?$")


@dataclass(frozen=True)
class Answer:
    """One cell: YES, NO or NOT_OFFERED, and what has to be said of it."""

    cell: str
    note: str = ""


@dataclass
class Table:
    """One table between two markers in the paper; `columns` are {client: {row: answer}}."""

    name: str
    head: str
    columns: dict[str, dict[str, Answer]] = field(default_factory=dict)

    @property
    def _marks(self) -> tuple[str, str]:
        return f"<!-- {self.name}: written by the tests -->", f"<!-- end of {self.name} -->"

    def read(self, paper: Path = PAPER) -> Table:
        """The same table with the paper's columns; ValueError without its markers."""
        begin, end = self._marks
        lines = paper.read_text(encoding="utf-8").split(begin, 1)[1].split(end, 1)[0].strip().splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
        notes = dict(line.split("]: ", 1) for line in lines if line.startswith("[^"))
        self.columns = {client: {} for client in (rows[0][1:] if rows else [])}
        for row, *cells in rows[2:]:
            for client, cell in zip(self.columns, cells, strict=True):
                found = _CELL.match(cell)
                if found is not None:
                    note = notes.get(f"[^{found['note']}", "")
                    self.columns[client][row] = Answer(found["answer"], note)
        return self

    def text(self, rows: tuple[str, ...]) -> str:
        """The table in Markdown, footnotes numbered row by row, equal ones once."""
        clients, notes = sorted(self.columns, key=_version), dict[str, str]()
        lines = [f"| {self.head} | {' | '.join(clients)} |", "|---" * (len(clients) + 1) + "|"]
        for row in rows:
            cells = []
            for client in clients:
                answer = self.columns[client].get(row, Answer("not tried"))
                if answer.note:
                    notes.setdefault(answer.note, f"[^{self.name}-{len(notes) + 1}]")
                cells.append(f"{answer.cell} {notes[answer.note]}" if answer.note else answer.cell)
            lines.append(f"| {row} | {' | '.join(cells)} |")
        return "\n".join([*lines, "", *(f"{mark}: {note}" for note, mark in notes.items())]).strip()

    def write(self, client: str, column: dict[str, Answer], rows: tuple[str, ...], paper: Path = PAPER) -> None:
        """Put one client's column into the paper; others that write theirs at the time wait."""
        begin, end = self._marks
        with paper.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.read(paper).columns[client] = column
            before, rest = paper.read_text(encoding="utf-8").split(begin, 1)
            after = rest.split(end, 1)[1]
            file.write(f"{before}{begin}\n\n{self.text(rows)}\n\n{end}{after}")
            file.truncate()


def _version(client: str) -> tuple[str, list[int]]:
    name, _, version = client.partition(" ")
    return name, [int(part) for part in version.split(".") if part.isdigit()]
