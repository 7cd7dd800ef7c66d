"""A run's budget on a chain where nobody mints: looked at, handed down, and held to the rao by the very commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.journal import FileJournal
from netctl.paying.intents import spent_rao
from tests.chains import TAO, RunningChain, start_chain
from tests.cli.foreign import Place, a_place
from tests.cli.program import Ended
from tests.runbook.fakes import FakeClock
from tests.runbook.texts import sh, steps_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TEXT = steps_of(
    sh("Fund", "netctl fund --from bank", more="Expect exit 0 or 1: paid.").replace("**Fund**", "**Fund** `spends`"),
    sh("Register", "netctl register").replace("**Register**", "**Register** `spends`"),
    sh("Stake", "netctl stake").replace("**Stake**", "**Stake** `spends`"),
)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChain]:
    running = start_chain(tmp_path_factory.mktemp("budget") / "chain")
    yield running
    running.stop()


@pytest.fixture
async def place(chain: RunningChain, tmp_path: Path) -> Place:
    found = await a_place(chain, tmp_path)
    found.give("bank", 400)
    (tmp_path / "book.md").write_text(TEXT)
    return found


def run(place: Place, *words: str) -> Ended:
    return place.netctl("runbook", "run", "book.md", "--yes", *words)


def spent(place: Place) -> int:
    journal = place.home / ".netctl/funded/journal.jsonl"
    return spent_rao(FileJournal(journal, clock=FakeClock()).entries())


def test_yes_alone_spends_nothing(place: Place) -> None:
    ended = run(place)
    assert ended.code == 7
    assert "step 1.1 (Fund) spends on a real network, and --yes does not answer that" in ended.err
    assert spent(place) == 0


def test_the_budget_is_the_run_s_and_holds_over_an_interruption(place: Place) -> None:
    ended = run(place, "--budget", "5")
    assert ended.code == 7, ended.out
    assert "`netctl stake` would spend 31" in ended.err
    paid = spent(place)
    assert 0 < paid < 5 * TAO
    assert "--budget 5.0" in ended.out
    assert run(place, "--budget", "311").code == 7
    assert spent(place) == paid
    ended = run(place, "--budget", "330")
    assert ended.code == 0, ended.err
    assert "goes on at step 1.3, Stake" in ended.out
    assert 310 * TAO < spent(place) <= 330 * TAO


def test_the_command_itself_holds_what_it_was_given(place: Place) -> None:
    assert place.fund("--from", "bank", "--yes").code == 0
    before = spent(place)
    ended = place.netctl("register", "--stagger", "all", "--yes", "--budget", "0.0001")
    assert ended.code != 0
    assert "--budget" in ended.err
    assert spent(place) == before


def test_funding_says_what_it_would_cost(place: Place) -> None:
    asked = place.fund("--from", "bank", "--dry-run", "--json").document
    assert 0 <= float(asked["cost_tao"]) < 0.1
    assert "cost_tao" not in place.fund("--json").document
