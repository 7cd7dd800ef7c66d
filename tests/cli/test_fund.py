"""`netctl fund` as an operator meets it on a chain where nobody mints: the sheet, waiting for TAO, paying it once."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.paying.sheet import COLUMNS
from tests.chains import TAO, RunningChain, start_chain
from tests.cli.foreign import Place, a_place


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChain]:
    running = start_chain(tmp_path_factory.mktemp("fund") / "chain")
    yield running
    running.stop()


@pytest.fixture
async def place(chain: RunningChain, tmp_path: Path) -> Place:
    return await a_place(chain, tmp_path)


def test_the_sheet_says_what_each_coldkey_has_needs_and_is_short_of(place: Place) -> None:
    place.give("w1", 0.25)
    ended = place.fund()
    assert ended.code == 1
    header, *rows = ended.out.splitlines()
    assert header.split() == ["wallet", "has", "needs", "short", "coldkey", "neurons"]
    sheet = place.sheet()
    assert [row.split()[0] for row in rows] == ["w1", "w2", "w3"]
    assert [row.split()[-1] for row in rows] == ["miner_1", "miner_2", "validator_1"]
    assert sheet["w1"]["has_tao"] == "0.250000000"
    for row in sheet.values():
        has, needs, short = (round(float(row[f"{name}_tao"]) * TAO) for name in ("has", "needs", "short"))
        assert short == max(0, needs - has)
        assert row["coldkey_ss58"] in ended.out
    assert float(sheet["w3"]["short_tao"]) == pytest.approx(311.9, abs=0.5)
    assert "TAO are missing on custom" in ended.err


@pytest.mark.slow
def test_the_sheet_as_csv_is_read_by_a_spreadsheet(place: Place) -> None:
    ended = place.fund("--csv")
    header, *rows = csv.reader(io.StringIO(ended.out))
    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == ["w1", "w2", "w3"]
    assert [row[5] for row in rows] == [row["short_tao"] for row in place.sheet().values()]
    assert place.fund("--csv", "--json").code == 2


@pytest.mark.slow
def test_qr_codes_come_on_request_only(place: Place) -> None:
    assert "█" not in place.fund().err
    assert place.fund("--qr").err.count(" TAO to 5") == 3


@pytest.mark.slow
def test_one_wallet_pays_all_in_one_extrinsic_and_nothing_twice(place: Place) -> None:
    place.give("bank", 400)
    short = {wallet: row["short_tao"] for wallet, row in place.sheet().items()}
    refused = place.fund("--from", "bank")
    assert refused.code == 7
    assert place.sheet().keys() == {wallet for wallet, row in place.sheet().items() if row["has_tao"] == "0.000000000"}
    paid = place.fund("--from", "bank", "--yes")
    assert paid.code == 0, paid.err
    assert "every coldkey has what it needs" in paid.err
    assert {wallet: row["has_tao"] for wallet, row in place.sheet().items()} == short
    payments = [event for event in place.events() if event["kind"] == "intent"]
    assert [(payment["call"], payment["purpose"]) for payment in payments] == [("Utility.batch_all", "fund")]
    assert payments[0]["amount_rao"] == sum(round(float(amount) * TAO) for amount in short.values())
    again = place.fund("--from", "bank", "--yes")
    assert again.code == 0
    assert len([event for event in place.events() if event["kind"] == "intent"]) == 1


@pytest.mark.slow
def test_a_wallet_that_holds_too_little_pays_nothing(place: Place) -> None:
    place.give("bank", 100)
    ended = place.fund("--from", "bank", "--yes", "--json")
    assert ended.code == 1
    assert "bank holds 100.0 TAO and" in ended.err
    assert {row["has_tao"] for row in place.sheet().values()} == {"0.000000000"}


@pytest.mark.slow
def test_a_dry_run_shows_the_payment_and_makes_none(place: Place) -> None:
    place.give("bank", 400)
    ended = place.fund("--from", "bank", "--dry-run")
    assert "fleet: transfer 31" in ended.out
    assert {row["has_tao"] for row in place.sheet().values()} == {"0.000000000"}


@pytest.mark.slow
def test_watching_ticks_off_each_coldkey_as_its_tao_comes(place: Place) -> None:
    command = [sys.executable, "-m", "netctl", "fund", "-p", "funded.yaml", "--watch"]
    with subprocess.Popen(
        command, cwd=place.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stderr is not None
        said = _until(watching, "waiting for", times=3)
        place.give("w2", 2)
        said += _until(watching, "✓ w2 has 2.0 TAO")
        assert not any("✓ w1" in line for line in said)
        place.give("w1", 2)
        place.give("w3", 320)
        said += watching.stderr.readlines()
        assert watching.wait(timeout=30) == 0
    assert {line.split()[1] for line in said if line.startswith("✓")} == {"w1", "w2", "w3"}


def _until(process: subprocess.Popen[str], text: str, times: int = 1) -> list[str]:
    """Lines of stderr up to the last one wanted; the stream ends with the process."""
    lines: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        times -= text in line
        if not times:
            return lines
    raise AssertionError(f"{text!r} was not said: {lines}")


@pytest.mark.slow
def test_a_watched_sheet_is_one_document_a_line(place: Place) -> None:
    for wallet, tao in (("w1", 2), ("w2", 2), ("w3", 320)):
        place.give(wallet, tao)
    lines = place.fund("--watch", "--json").out.splitlines()
    assert [json.loads(line)["short_tao"] for line in lines] == ["0.000000000"]
