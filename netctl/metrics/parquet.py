"""Parquet by pyarrow, which comes with the extra `netctl[parquet]` only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from netctl.metrics.files import Sheet
from netctl.store.columns import Column, Kind, Table
from netctl.store.exporting import Row

_TYPES: dict[Kind, Any] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "time": pa.timestamp("us", tz="UTC"),
    "flag": pa.bool_(),
    "bytes": pa.binary(),
}


@dataclass(frozen=True, slots=True)
class _ParquetSheet:
    writer: Any
    schema: Any
    columns: tuple[Column, ...]

    def add(self, found: Sequence[Row]) -> None:
        arrays = [
            pa.array([_value(column.kind, value) for value in values], type=field.type)
            for column, field, values in zip(self.columns, self.schema, zip(*found, strict=True), strict=True)
        ]
        self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))


def _value(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind == "time":
        return round(value * 1_000_000)
    return bool(value) if kind == "flag" else value


@contextmanager
def sheet(path: Path, table: Table) -> Iterator[Sheet]:
    """The table's file; each of its columns carries its unit and its meaning."""
    schema = pa.schema(
        [
            pa.field(column.name, _TYPES[column.kind], metadata={"unit": column.unit, "means": column.means})
            for column in table.columns
        ]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield _ParquetSheet(writer, schema, table.columns)
