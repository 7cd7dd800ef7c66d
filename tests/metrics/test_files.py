"""Tables as files: every table and column, in kinds that other programs read, by stretch of time."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from netctl.errors import PrerequisiteError, UsageError
from netctl.metrics import files
from netctl.metrics.files import Format, export
from netctl.store.columns import TABLES
from netctl.store.database import change, opened
from netctl.store.exporting import Stretch
from tests.metrics.stored import NOW, full
from tests.store.written import look

pytestmark = pytest.mark.fast


def exported(tmp_path: Path, form: Format, since: float | None = None, until: float | None = None) -> Path:
    folder = tmp_path / "out"
    with full(tmp_path / "state") as store:
        export(store, folder, form, Stretch(since, until))
    return folder


def lines(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_table_and_column_of_the_store_is_exported_and_described(tmp_path: Path) -> None:
    with opened(tmp_path / "metrics.db") as store:
        names = [
            name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        ]
        kept = {name: [row[1] for row in store.execute(f"PRAGMA table_info({name})")] for name in names}
    told = {table.name: [column.name for column in table.columns] for table in TABLES}
    added = {"events": ["neuron", "role", "signal_name"]}
    assert told == {name: [*columns, *added.get(name, [])] for name, columns in kept.items()}
    for table in TABLES:
        for column in table.columns:
            assert column.means.endswith("."), (table.name, column.name)
            assert not column.name.endswith(("_rao", "_bytes", "_s")) or column.unit, (table.name, column.name)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_all_rows_are_there_in_both_formats(tmp_path: Path, form: Format) -> None:
    with full(tmp_path / "state") as store:
        written = export(store, tmp_path / "out", form, Stretch())
        counts = {t.name: store.execute(f"SELECT count(*) FROM {t.name}").fetchone()[0] for t in TABLES}
    assert {each.table: each.rows for each in written if each.table != "columns"} == counts
    assert all(count > 0 for count in counts.values())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        f"{n}.{form}" for n in (*counts, "columns")
    )


def test_csv_has_times_as_text_amounts_in_whole_rao_and_nothing_for_what_is_not_known(tmp_path: Path) -> None:
    folder = exported(tmp_path, "csv")
    first = lines(folder, "uids")[0]
    assert (first["time"], first["alpha_rao"], first["incentive"], first["permit"]) == (
        "1970-01-01T00:18:20.000000Z",
        "2000000000",
        "0.25",
        "1",
    )
    assert lines(folder, "uids")[-1]["hotkey"] == ""
    scraped = next(row for row in lines(folder, "events") if row["time"] == "")
    assert (scraped["seen"], scraped["neuron"], scraped["signal_name"]) == (
        "1970-01-01T00:23:20.500000Z",
        "miner_1",
        "scraped",
    )
    assert json.loads(scraped["data"])["entities"] == 3
    units = {(row["table_name"], row["column_name"]): row["unit"] for row in lines(folder, "columns")}
    assert units["balances", "free_rao"] == "rao of TAO"
    assert units["uids", "emission_rao"] == "rao of the subnet's alpha"


def test_parquet_has_real_times_flags_and_units(tmp_path: Path) -> None:
    folder = exported(tmp_path, "parquet")
    uids = pq.read_table(folder / "uids.parquet")
    row: dict[str, Any] = uids.to_pylist()[0]
    assert (row["time"], row["permit"], row["incentive"]) == (datetime(1970, 1, 1, 0, 18, 20, tzinfo=UTC), True, 0.25)
    assert uids.schema.field("stake_rao").metadata[b"unit"] == b"rao of the subnet's alpha"
    events = pq.read_table(folder / "events.parquet").to_pylist()
    assert [each["uid"] for each in events if each["neuron"] == "validator_1"] == [1, 1]
    assert events[0]["hotkey"] is None


def test_a_stretch_keeps_what_was_sampled_in_it_and_what_held_when_it_began(tmp_path: Path) -> None:
    folder = exported(tmp_path, "csv", 2000.0, 4200.0)
    counts = {table.name: len(lines(folder, table.name)) for table in TABLES}
    assert counts["looks"] == counts["processes"] == counts["runs"] == 0
    assert [row["data"] for row in lines(folder, "events")] == [
        '{"uid": 1, "score": 2.26e-38, "credibility": 0.5}',
        '{"uid": 1, "score": 99.0}',
    ]
    uids = [(row["uid"], row["time"][11:19]) for row in lines(folder, "uids")]
    assert uids == [("1", "00:18:20"), ("3", "00:18:20"), ("7", "00:18:20"), ("8", "00:18:20"), ("1", "01:06:40")]
    assert [(row["name"], row["state"]) for row in lines(folder, "states")] == [
        ("miner_1", "running"),
        ("miner_2", "killed"),
    ]
    assert [row["free_rao"] for row in lines(folder, "balances")] == ["1500000000", "1250000000"]
    assert counts["sources"] == 3


def test_what_held_is_told_also_where_it_changed_right_after(tmp_path: Path) -> None:
    rows = lines(exported(tmp_path, "csv", 3999.5, 4000.5), "uids")
    assert [(row["time"][11:19], row["incentive"]) for row in rows if row["uid"] == "1"] == [
        ("00:18:20", "0.25"),
        ("01:06:40", "0.75"),
    ]


def test_all_tables_are_of_one_moment_however_much_is_written_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files.rows

    def meanwhile(*words: Any) -> Any:
        with opened(tmp_path / "state" / "metrics.db") as writer, change(writer):
            (count,) = writer.execute("SELECT count(*) FROM looks").fetchone()
            look(writer, NOW + count, block=1000 + count)
        return whole(*words)

    monkeypatch.setattr(files, "rows", meanwhile)
    # The first table that is read is sources, and one look was written just before that.
    assert len(lines(exported(tmp_path, "csv"), "looks")) == 3


def test_a_stretch_includes_its_ends(tmp_path: Path) -> None:
    assert len(lines(exported(tmp_path, "csv", NOW, NOW), "looks")) == 1


def test_a_log_without_a_time_is_in_the_stretch_in_which_it_was_read(tmp_path: Path) -> None:
    assert [row["time"] for row in lines(exported(tmp_path, "csv", 1400.0, 1401.0), "events")] == [""]


def test_a_file_is_replaced_when_the_new_one_is_whole_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exported(tmp_path, "csv")
    before = (folder / "uids.csv").read_bytes()

    def breaks(_seconds: float) -> str:
        raise RuntimeError("half way")

    monkeypatch.setitem(files._TEXTS, "time", breaks)
    with opened(tmp_path / "state" / "metrics.db") as store, pytest.raises(RuntimeError):
        export(store, folder, "csv", Stretch())
    assert (folder / "uids.csv").read_bytes() == before
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="out cannot be written: File exists"):
        exported(tmp_path, "csv")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "netctl.metrics.parquet", raising=False)
    with pytest.raises(PrerequisiteError, match="Parquet needs pyarrow") as refused:
        exported(tmp_path, "parquet")
    assert "netctl[parquet]" in refused.value.hint
    assert not (tmp_path / "out").exists()
