"""The budget of a run on a real network: looked at before each line that pays, and handed down to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from netctl.errors import PolicyError
from netctl.journal import FileJournal
from netctl.money import RAO_PER_TAO as TAO
from netctl.runbook.setting import Account
from tests.runbook.fakes import FakeClock, Outside, go
from tests.runbook.texts import sh, steps_of

pytestmark = pytest.mark.fast

TEXT = steps_of(
    sh("A", "netctl register").replace("**A**", "**A** `spends`"),
    sh("B", "netctl stake", "netctl fund --from bank").replace("**B**", "**B** `spends`"),
)
YES = {"rehearse": False, "network": "test", "yes": True, "attended": False}


def pay(path: Path, digest: str, rao: int, *, purpose: str = "register", decided: bool = True) -> None:
    """A payment as a command of netctl's leaves it in the journal."""
    journal = FileJournal(path, clock=FakeClock(), command="netctl register")
    facts: dict[str, Any] = {"hash": digest, "signer": "5F", "nonce": 0, "first_block": 1, "last_block": 16}
    facts |= {"genesis": "0x00", "call": "A.b", "purpose": purpose, "neuron": None}
    journal.append("intent", **facts, amount_rao=rao, fee_rao=0)
    if decided:
        journal.append("outcome", hash=digest, result="included", fee_rao=0, moved_rao=rao)


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    journal = tmp_path / "journal.jsonl"
    pay(journal, "0xbefore", 100 * TAO)
    pay(journal, "0xopen", 3 * TAO, decided=False)

    def effect(argv: Sequence[str]) -> None:
        if argv[1] in ("register", "stake"):
            pay(journal, f"0x{argv[1]}", 2 * TAO if argv[1] == "register" else TAO)

    return Outside(tmp_path, account=Account("day2", journal, free=False), effect=effect, cost=lambda words: 2 * TAO)


def test_each_line_is_given_what_the_run_has_left(outside: Outside) -> None:
    went = go(TEXT, outside, **YES, budget_rao=5 * TAO)
    assert outside.ran == [
        "netctl register --network test --yes --budget 5.0",
        "netctl stake --network test --yes --budget 3.0",
        "netctl fund --from bank --network test --yes --budget 2.0",
    ]
    assert [line for line in went.stage.said if line.startswith("$")] == [f"$ {line}" for line in outside.ran]
    assert went.stage.steps[1].lines[0] == "netctl stake --network test --yes --budget 3.0"


def test_a_line_that_would_go_over_is_refused_and_nothing_of_it_runs(outside: Outside) -> None:
    with pytest.raises(PolicyError, match=r"would spend 2\.0 TAO; of its budget of 3\.5 this run has paid 2\.0") as no:
        go(TEXT, outside, **YES, budget_rao=3 * TAO + TAO // 2)
    assert no.value.exit_code == 7
    assert [line.split()[1] for line in outside.ran] == ["register"]


def test_what_the_run_paid_before_it_was_interrupted_counts(outside: Outside) -> None:
    outside.codes = {"netctl stake --network test --yes --budget 3.0": [1]}
    assert go(TEXT, outside, **YES, budget_rao=5 * TAO).code == 1
    outside.ran.clear()
    with pytest.raises(PolicyError, match=r"has paid 3\.0"):
        go(TEXT, outside, **YES, budget_rao=4 * TAO)
    assert outside.ran == []
    go(TEXT, outside, **YES, budget_rao=6 * TAO)
    assert outside.ran[0] == "netctl stake --network test --yes --budget 3.0"


def test_another_run_has_a_budget_of_its_own(outside: Outside) -> None:
    go(TEXT, outside, **YES, budget_rao=5 * TAO)
    outside.ran.clear()
    outside.effect = lambda argv: None
    go(TEXT, outside, **YES, budget_rao=5 * TAO)
    assert outside.ran[0].endswith("--budget 5.0")


def test_an_open_payment_of_before_that_comes_to_nothing_gives_no_room(outside: Outside) -> None:
    def effect(argv: Sequence[str]) -> None:
        journal = FileJournal(outside.folder / "journal.jsonl", clock=FakeClock())
        journal.append("outcome", hash="0xopen", result="not_included", fee_rao=0)

    outside.effect = effect
    go(TEXT, outside, **YES, budget_rao=5 * TAO)
    assert {line.rpartition(" ")[2] for line in outside.ran} == {"5.0"}


def test_a_journal_that_lost_payments_is_not_counted_by(outside: Outside) -> None:
    outside.effect = lambda argv: (outside.folder / "journal.jsonl").write_text("")
    with pytest.raises(PolicyError, match="has lost 2 of the payments"):
        go(TEXT, outside, **YES, budget_rao=5 * TAO)
    assert len(outside.ran) == 1


def test_a_line_for_a_fleet_that_nobody_knows_is_refused(outside: Outside) -> None:
    outside.account = None
    with pytest.raises(PolicyError, match="which fleet it would pay for"):
        go(TEXT, outside, **YES, budget_rao=5 * TAO)
    assert outside.ran == []


def test_a_person_without_yes_is_asked_by_the_very_command(outside: Outside) -> None:
    went = go(TEXT, outside, "run", "run", rehearse=False, network="test")
    assert went.stage.asked == ["run/skip/stop", "run/skip/stop"]
    assert outside.ran == [f"netctl {line} --network test" for line in ("register", "stake", "fund --from bank")]


def test_where_the_dev_account_pays_yes_answers_and_nothing_is_bounded(outside: Outside) -> None:
    assert outside.account is not None
    outside.account = Account("day2-local", outside.account.journal, free=True)
    go(TEXT, outside, **{**YES, "network": "local"})
    assert outside.ran[0] == "netctl register --network local --yes"
