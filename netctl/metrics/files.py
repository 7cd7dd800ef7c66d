"""Tables of metrics.db as files: CSV, or Parquet with pyarrow. Each is put in its place when it is whole."""

from __future__ import annotations

import csv
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from netctl.errors import PrerequisiteError, UsageError
from netctl.store.columns import TABLES, Column, Kind, Table
from netctl.store.exporting import Row, Stretch, frozen, rows

Format = Literal["csv", "parquet"]
DICTIONARY = "columns"
"""One more file: what each column of the others is."""


@dataclass(frozen=True, slots=True)
class Written:
    """A table in its file, and how many rows it has."""

    table: str
    path: Path
    rows: int


class Sheet(Protocol):
    """A file that is being written."""

    def add(self, found: Sequence[Row]) -> None: ...


def export(connection: sqlite3.Connection, folder: Path, form: Format, stretch: Stretch) -> tuple[Written, ...]:
    """Write every table into the folder, all of one moment; what lies there under the same names is replaced.

    PrerequisiteError without pyarrow for Parquet, UsageError where the folder cannot be written to. A file of columns
    comes with them, with kinds and units.
    """
    opened = _parquet() if form == "parquet" else _csv_sheet
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with frozen(connection):
            return (
                *(_write(folder, form, table, rows(connection, table, stretch), opened) for table in TABLES),
                _write(folder, form, _OF_COLUMNS, [_described()], opened),
            )
    except OSError as error:
        where = error.filename or folder
        raise UsageError(f"{where} cannot be written: {error.strerror}", hint="name another directory") from error


_OF_COLUMNS = Table(
    DICTIONARY,
    tuple(Column(name, "text", "", means) for name, means in (
        ("table_name", "The table."),
        ("column_name", "Its column."),
        ("kind", "What its values are."),
        ("unit", "In which unit."),
        ("means", "What it is."),
    )),
    "",
)  # fmt: skip


def _described() -> list[Row]:
    return [(t.name, c.name, c.kind, c.unit, c.means) for t in (*TABLES, _OF_COLUMNS) for c in t.columns]


Opened = Callable[[Path, Table], AbstractContextManager[Sheet]]


def _write(folder: Path, form: Format, table: Table, found: Iterable[Sequence[Row]], opened: Opened) -> Written:
    path = folder / f"{table.name}.{form}"
    count = 0
    with _in_place(path) as temporary, opened(temporary, table) as sheet:
        for some in found:
            sheet.add(some)
            count += len(some)
    return Written(table.name, path, count)


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """A file beside it to write to, which takes its place if the block ends well."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _CsvSheet:
    writer: Any
    texts: tuple[Callable[[Any], Any] | None, ...]

    def add(self, found: Sequence[Row]) -> None:
        texts = self.texts
        self.writer.writerows(
            [value if text is None or value is None else text(value) for text, value in zip(texts, row, strict=True)]
            for row in found
        )


def moment_text(seconds: float) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_TEXTS: dict[Kind, Callable[[Any], Any]] = {"time": moment_text, "bytes": bytes.hex}


@contextmanager
def _csv_sheet(path: Path, table: Table) -> Iterator[Sheet]:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in table.columns])
        yield _CsvSheet(writer, tuple(_TEXTS.get(column.kind) for column in table.columns))


def _parquet() -> Opened:
    try:
        from netctl.metrics.parquet import sheet
    except ImportError as error:
        raise PrerequisiteError(
            f"Parquet needs pyarrow, which cannot be imported: {error}", hint="pip install 'netctl[parquet]', or --csv"
        ) from error
    return sheet
