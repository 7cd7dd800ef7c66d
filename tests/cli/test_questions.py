"""Who is asked what before something is spent or shown, and what happens where nobody can be asked."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from netctl.cli import questions
from netctl.cli.fund_sheet import qr_code
from netctl.cli.questions import Passwords, agree, consent, reveal_mnemonic
from netctl.errors import PolicyError
from netctl.fleet import Fleet, Network
from tests.cli.fleet_values import FLEET

pytestmark = pytest.mark.fast

TEST = replace(FLEET, network=Network("test", "wss://t"))
FINNEY = replace(FLEET, network=Network("finney", "wss://f"))
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A person at a terminal who types these lines."""

    def types(*lines: str) -> None:
        answers = iter(lines)
        monkeypatch.setattr(questions, "can_ask", lambda: True)
        monkeypatch.setattr("builtins.input", lambda: next(answers))
        monkeypatch.setattr(questions, "getpass", lambda *_args, **_kwargs: next(answers))

    return types


@pytest.mark.parametrize(("fleet", "yes"), [(TEST, False), (FINNEY, False), (FINNEY, True)])
def test_nothing_is_spent_where_nobody_can_be_asked(fleet: Fleet, *, yes: bool) -> None:
    with pytest.raises(PolicyError):
        consent(fleet, "this spends 1 TAO", pays=True, yes=yes)


def test_yes_is_enough_but_on_finney() -> None:
    consent(TEST, "this spends 1 TAO", pays=True, yes=True)


def test_what_costs_nothing_is_not_asked() -> None:
    consent(FINNEY, "this spends nothing", pays=False, yes=False)


@pytest.mark.parametrize(("fleet", "answer"), [(TEST, "y"), (TEST, "yes"), (FINNEY, "finney")])
def test_the_right_answer_goes_on(fleet: Fleet, answer: str, typed: Callable[..., None]) -> None:
    typed(answer)
    consent(fleet, "this spends 1 TAO", pays=True, yes=False)


@pytest.mark.parametrize(("fleet", "answer"), [(TEST, ""), (TEST, "n"), (FINNEY, "y"), (FINNEY, "test")])
def test_any_other_answer_refuses(fleet: Fleet, answer: str, typed: Callable[..., None]) -> None:
    typed(answer)
    with pytest.raises(PolicyError):
        consent(fleet, "this spends 1 TAO", pays=True, yes=False)


def test_questions_go_to_stderr(typed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typed("y")
    consent(TEST, "this spends 1 TAO", pays=True, yes=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert "this spends 1 TAO" in err


def test_purging_is_agreed_to(typed: Callable[..., None]) -> None:
    agree("delete it", yes=True)
    with pytest.raises(PolicyError):
        agree("delete it", yes=False)
    typed("n")
    with pytest.raises(PolicyError):
        agree("delete it", yes=False)


def test_a_password_comes_from_the_environment_before_anybody_is_asked() -> None:
    passwords = Passwords({"NETCTL_COLDKEY_PASSWORD": "hunter22"}, hold=nullcontext)
    assert (passwords.of_existing("w"), passwords.of_new("w")) == ("hunter22", "hunter22")
    assert "hunter22" not in repr(replace(passwords, environ={}))


def test_without_a_terminal_nobody_knows_the_password() -> None:
    passwords = Passwords({}, hold=nullcontext)
    assert (passwords.of_existing("w"), passwords.of_new("w")) == (None, None)


def test_an_existing_coldkeys_password_is_asked_for_once(typed: Callable[..., None]) -> None:
    held: list[str] = []

    @contextmanager
    def hold() -> Iterator[None]:
        held.append("held")
        yield

    typed("first")
    passwords = Passwords({}, hold=hold)
    assert [passwords.of_existing("w"), passwords.of_existing("w")] == ["first", "first"]
    assert held == ["held"]


def test_a_new_password_is_typed_twice(typed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typed("one", "one", "one", "two", "one", "two", "one", "two")
    passwords = Passwords({}, hold=nullcontext)
    assert passwords.of_new("w") == "one"
    assert passwords.of_new("v") is None
    assert "the two differ" in capsys.readouterr().err


def test_a_mnemonic_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reveal_mnemonic("w", WORDS)
    assert WORDS not in "".join(capsys.readouterr())
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    reveal_mnemonic("w", WORDS)
    assert WORDS in screen.getvalue()


def test_an_address_is_drawn_as_a_qr_code() -> None:
    drawn = qr_code("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY").splitlines()
    assert len(drawn) > 10
    assert {len(line) for line in drawn} == {len(drawn[0])}
    assert set("".join(drawn)) <= set("█▀▄ \xa0")
