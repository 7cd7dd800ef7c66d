"""Ready is what the pack says it is, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.pack_model import Ready
from netctl.ports import MetagraphRow, ProcessFacts, SessionFacts
from netctl.probes import Signs, has_line, judge
from netctl.readiness import Readiness
from tests.files.conftest import a_fleet, a_neuron

pytestmark = pytest.mark.fast

FLEET = a_fleet(Path("/state"))
NEURON = a_neuron()
ALL = Ready(port=True, log="Miner starting at", axon_served=True)
OWN = ProcessFacts(7, marker="/state/miner_2")


def session(pid: int | None = 5) -> SessionFacts:
    return SessionFacts("miner_2", "abc", pid, 1.0, None, None, 0, {})


def row(axon: str | None) -> MetagraphRow:
    return MetagraphRow(0, "5H", "5C", 0, False, True, axon, 0, 0.0, 0.0, 0, 0.0)


GOOD = Signs(session(), OWN, logged=True, row=row("127.0.0.1:8092"))


@pytest.mark.parametrize(
    ("signs", "waits_for"),
    [
        (GOOD, None),
        (Signs(None, OWN, logged=True, row=GOOD.row), "its session"),
        (Signs(session(None), OWN, logged=True, row=GOOD.row), "its process"),
        (Signs(session(), None, logged=True, row=GOOD.row), "its port 8092"),
        (Signs(session(), ProcessFacts(5), logged=True, row=GOOD.row), None),
        (
            Signs(session(), ProcessFacts(9, marker="/state/miner_1"), logged=True, row=GOOD.row),
            "its port 8092, which pid 9 holds",
        ),
        (Signs(session(), OWN, logged=False, row=GOOD.row), "the line 'Miner starting at' in its log"),
        (Signs(session(), OWN, logged=True, row=None), "its axon on the chain (not registered)"),
        (Signs(session(), OWN, logged=True, row=row(None)), "its axon on the chain (none yet)"),
        (Signs(session(), OWN, logged=True, row=row("10.0.0.1:8092")), "its axon on the chain (10.0.0.1:8092)"),
        (Signs(session(), OWN, logged=True, row=row("127.0.0.1:8099")), "its axon on the chain (127.0.0.1:8099)"),
    ],
)
def test_the_first_thing_missing_is_named(signs: Signs, waits_for: str | None) -> None:
    assert judge(FLEET, NEURON, ALL, signs) == Readiness(waits_for is None, waits_for)


def test_a_pack_that_asks_for_nothing_needs_a_process_only() -> None:
    assert judge(FLEET, NEURON, Ready(), Signs(session(), None, logged=False, row=None)).ready


def test_a_line_counts_only_if_this_run_wrote_it(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"\x1b[1mMiner\x1b[0m starting at 1\n")
    end = log.stat().st_size
    assert has_line(log, "Miner starting at", 0)
    assert not has_line(log, "Miner starting at", end)
    with log.open("ab") as file:
        file.write(b"x" * 300_000 + b"\nMiner starting at 2\n")
    assert has_line(log, "Miner starting at", end)


def test_a_line_across_two_reads_is_found(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * (256 * 1024 - 5) + b"Miner starting at 2\n")
    assert has_line(log, "Miner starting at", 0)


def test_a_log_that_was_cut_off_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("Miner starting at 3\n")
    assert has_line(log, "Miner starting at", 1_000)
    assert not has_line(tmp_path / "none.log", "x", 0)
