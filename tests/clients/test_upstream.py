"""The SDK's own end-to-end tests, from its source distribution, against the embedded chain; nothing of them is kept."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.chains import start_chain
from tests.clients.paper import NO, YES, Answer, Table
from tests.environments import python_of

VERSION = "11.3.0"
COLUMN = f"bittensor {VERSION}"
DRAND = "drand bridge did not initialize"
WHY = {
    DRAND: "it opens a commitment with the drand network's pulses; they are signed with a key that the client "
    "holds the public half of, so that nothing without that network can make them"
}
"""What a test says when it cannot pass here, and why that is."""
ROWS = ("test_null_consensus.py", "test_pow_registration.py", "test_timelock_commitment.py")


def upstream_table() -> Table:
    return Table("upstream", "test")


@pytest.fixture(scope="module")
def python() -> Path:
    return python_of(f"upstream-{VERSION}")


@pytest.fixture(scope="module")
def source(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests of the source distribution, as pip downloads it."""
    place = tmp_path_factory.mktemp("upstream")
    options = ["--no-deps", "--no-build-isolation", "--no-binary", "bittensor", "--dest", str(place)]
    command = [str(python), "-m", "pip", "download", "--quiet", *options, f"bittensor=={VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as held:
        held.extractall(place, [each for each in held if each.name.split("/")[1:2] == ["tests"]], filter="data")
    return place / f"bittensor-{VERSION}"


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first time its environment is made
@pytest.mark.parametrize("name", ROWS)
def test_the_sdks_own_test_does_what_the_paper_says(
    name: str, python: Path, source: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert {each.name for each in (source / "tests" / "e2e").glob("test_*.py")} == set(ROWS)
    chain = start_chain(tmp_path / "chain", seal="interval")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "E2E_ENDPOINT": chain.url}
    options = ["-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", f"--rootdir={source}"]
    try:
        done = subprocess.run(
            [str(python), "-m", "pytest", *options, f"tests/e2e/{name}"],
            cwd=source,
            env=environment,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    finally:
        chain.stop()
    assert "skipped" not in done.stdout, done.stdout[-3000:]
    reason = next((why for said, why in WHY.items() if said in done.stdout), "")
    answer = Answer(NO, reason) if done.returncode else Answer(YES)
    assert answer.cell == YES or reason, done.stdout[-3000:] + done.stderr[-1000:]
    table = upstream_table()
    kept = table.read().columns.get(COLUMN, {})
    if request.config.getoption("--update-golden"):
        kept |= {name: answer}
        table.write(COLUMN, kept, ROWS)
    assert kept.get(name) == answer, done.stdout[-3000:]


@pytest.mark.fast
def test_the_paper_tells_of_every_one_and_why_one_cannot_pass() -> None:
    column = upstream_table().read().columns[COLUMN]
    assert set(column) == set(ROWS)
    assert column["test_pow_registration.py"].cell == YES
    assert all(answer.cell == YES or answer.note in WHY.values() for answer in column.values())
