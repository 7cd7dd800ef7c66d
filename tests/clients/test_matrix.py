"""Every client through every operation, each in an environment of its own; docs/clients.md is held to it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.chains import start_chain
from tests.clients.operations import OPERATIONS
from tests.clients.paper import NO, NOT_OFFERED, YES, Answer, Table
from tests.environments import python_of

HERE = Path(__file__).parent
CLIENTS = {
    "bittensor 9.9.0": ("bittensor-9.9.0", "walk_bittensor9.py"),
    "bittensor 9.12.2": ("bittensor-9.12.2", "walk_bittensor9.py"),
    "bittensor 10.5.0": ("bittensor-10.5.0", "walk_bittensor10.py"),
    "bittensor 11.3.0": ("bittensor-11.3.0", "walk_bittensor11.py"),
    "btcli 11.3.0": ("bittensor-11.3.0", "walk_btcli11.py"),
    "bittensor-cli 9.23.2": ("bittensor-cli-9.23.2", "walk_bittensor_cli9.py"),
}
WALK_SECONDS = 170
CELLS = {True: YES, False: NO, None: NOT_OFFERED}


def operations_table() -> Table:
    return Table("operations", "operation")


def walked(python: Path, walk: Path, home: Path) -> tuple[dict[str, Answer], str]:
    """What the walk says of each operation on a chain of its own, and what it printed besides."""
    chain = start_chain(home / "chain", seal="interval")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home / "home"), "COLUMNS": "200"}
    (home / "home").mkdir()
    with tempfile.TemporaryFile("w+", dir=home) as errors:
        try:
            done = subprocess.run(
                [str(python), str(walk), chain.url],
                cwd=home / "home",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                timeout=WALK_SECONDS,
                check=False,
            )
        finally:
            chain.stop()
        errors.seek(0)
        said = f"exit {done.returncode}\n{done.stdout[-3000:]}\n{errors.read()[-3000:]}"
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"operation"')]
    return {line["operation"]: Answer(CELLS[line["ok"]], _one_line(line["note"])) for line in lines}, said


def _one_line(note: str) -> str:
    return " ".join(note.replace("|", "/").split())


def compare(told: dict[str, Answer], kept: dict[str, Answer]) -> list[str]:
    """Where a column differs from the paper's, in words; notes may change, answers may not."""
    missing = Answer("not in the paper")
    return [
        f"{row}: {kept.get(row, missing).cell} in docs/clients.md, {answer.cell} now: {answer.note}"
        for row, answer in told.items()
        if answer.cell != kept.get(row, missing).cell
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)  # the first time its environment is made
@pytest.mark.parametrize("client", [client for client, (_, walk) in CLIENTS.items() if (HERE / walk).exists()])
def test_a_client_can_do_what_the_paper_says(client: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    environment, walk = CLIENTS[client]
    told, said = walked(python_of(environment), HERE / walk, tmp_path)
    assert list(told) == list(OPERATIONS), said
    unexplained = [row for row, answer in told.items() if answer.cell == NO and not answer.note]
    assert not unexplained, said
    table = operations_table()
    if request.config.getoption("--update-golden"):
        table.write(client, told, OPERATIONS)
    differences = compare(told, table.read().columns.get(client, {}))
    assert not differences, "\n".join([*differences, said])


@pytest.mark.fast
def test_the_paper_has_every_client_every_operation_and_a_reason_for_every_no() -> None:
    table = operations_table().read()
    assert set(table.columns) == {client for client, (_, walk) in CLIENTS.items() if (HERE / walk).exists()}
    for client, column in table.columns.items():
        assert tuple(column) == OPERATIONS, client
        for row, answer in column.items():
            assert answer.cell in CELLS.values(), f"{client}, {row}: {answer.cell}"
            assert answer.cell != NO or answer.note, f"{client}, {row}: no, and not why"


@pytest.mark.fast
def test_a_yes_that_became_a_no_is_a_difference_and_another_note_is_none() -> None:
    kept = {"stake": Answer(YES), "uid": Answer(NO, "why")}
    assert compare({"stake": Answer(YES, "new"), "uid": Answer(NO, "otherwise")}, kept) == []
    assert compare({"stake": Answer(NO, "broken")}, kept) == ["stake: yes in docs/clients.md, **no** now: broken"]
    assert len(compare({"uid": Answer(YES)}, kept)) == 1
    assert len(compare({"neurons": Answer(YES)}, kept)) == 1


@pytest.mark.fast
def test_a_column_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    paper, rows = tmp_path / "paper.md", ("stake", "uid")
    paper.write_text("before\n<!-- t: written by the tests --><!-- end of t -->\nafter\n")
    columns = {
        "bittensor 10.5.0": {"stake": Answer(YES), "uid": Answer(NO, "it says: [x]: y")},
        "bittensor 9.9.0": {"stake": Answer(NOT_OFFERED), "uid": Answer(NO, "it says: [x]: y")},
    }
    for client, column in columns.items():
        Table("t", "operation").write(client, column, rows, paper)
    assert Table("t", "operation").read(paper).columns == columns
    text = paper.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| operation | bittensor 9.9.0 | bittensor 10.5.0 |" in text
    assert text.count("it says") == 1
    Table("t", "operation").write("bittensor 9.9.0", {"stake": Answer(YES), "uid": Answer(YES)}, rows, paper)
    assert Table("t", "operation").read(paper).columns["bittensor 10.5.0"] == columns["bittensor 10.5.0"]
    assert "not offered" not in paper.read_text()
