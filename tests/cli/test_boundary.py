"""Whatever ends a command ends in two lines on stderr and the exit code of its class."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from netctl import errors
from netctl.cli.boundary import guard
from netctl.errors import Fault

pytestmark = pytest.mark.fast


def _raise(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


def _guard(error: BaseException, **environ: str) -> int:
    return guard(_raise(error), argv=["status"], environ=environ, debug=False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NetctlError("w", hint="h"), 1),
        (errors.ReconcileFailed([("miner_3", "not enough")], hint="h"), 1),
        (errors.UsageError("w", hint="h"), 2),
        (errors.PrerequisiteError("w", hint="h"), 4),
        (errors.WalletError("w", hint="h"), 5),
        (errors.ChainUnreachable("w", hint="h"), 6),
        (errors.OutcomeUnknown("w", hint="h"), 6),
        (errors.PolicyError("w", hint="h"), 7),
        (errors.SessionError("w", hint="h"), 8),
        (errors.LockHeld("w", hint="h"), 9),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (typer.BadParameter("w"), 2),
    ],
)
def test_every_error_ends_in_two_lines_and_its_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _guard(error) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-2].startswith("error: ")
    assert err.splitlines()[-1].startswith("hint: ")
    assert "Traceback" not in err


def test_every_class_of_error_has_a_case_above() -> None:
    """A class added to the tree must be shown here with its code."""
    tree = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
    codes = {error.exit_code for error in tree if issubclass(error, errors.NetctlError)}
    assert codes == {1, 2, 4, 5, 6, 7, 8, 9}


def test_a_profile_error_lists_every_fault_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [
        Fault(Path("p.yaml"), 3, "miners[1].hotkey", "is taken by miners[0]", "give it one of its own"),
        Fault(Path("p.yaml"), None, "", "is empty"),
    ]
    assert _guard(errors.ProfileError(faults)) == 2
    assert capsys.readouterr().err == (
        "p.yaml:3: miners[1].hotkey: is taken by miners[0] (give it one of its own)\n"
        "p.yaml: is empty\n"
        "error: p.yaml: 2 faults\n"
        "hint: mend the profile; nothing was changed\n"
    )


def test_failed_neurons_are_listed_before_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    _guard(errors.ReconcileFailed([("miner_3", "not enough TAO")]))
    assert capsys.readouterr().err.splitlines()[0] == "  miner_3: not enough TAO"


def test_a_bug_keeps_its_traceback_in_the_state_directory_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, seed = "hunter22", "0x" + "ab" * 32
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    error = RuntimeError(f"no such thing: {secret} {seed} {words}")
    code = _guard(error, NETCTL_HOME=str(tmp_path), NETCTL_COLDKEY_PASSWORD=secret)
    assert code == 3
    (kept,) = (tmp_path / "bugs").iterdir()
    text, err = kept.read_text(), capsys.readouterr().err
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "RuntimeError" in text
    assert "_raise" in text or "command" in text
    assert len(err.splitlines()) == 2
    assert str(kept) in err
    for hidden in (secret, seed, "sausage"):
        assert hidden not in text
        assert hidden not in err


def test_a_bug_is_told_even_where_no_traceback_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert _guard(ValueError("odd"), NETCTL_HOME=str(blocked)) == 3
    assert "--debug" in capsys.readouterr().err


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    guard(_raise(errors.WalletError("w", hint="h")), argv=[], environ={}, debug=True)
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (1, 1)])
def test_a_commands_result_is_the_exit_code(result: int | None, code: int) -> None:
    assert guard(lambda: result, argv=[], environ={}, debug=False) == code


def test_a_reader_that_goes_away_ends_the_program_quietly() -> None:
    program = (
        "from netctl.cli.boundary import guard; import sys\n"
        "sys.exit(guard(lambda: [print('x' * 99) for _ in range(99999)], argv=[], environ={}, debug=False))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(timeout=30) == 0
