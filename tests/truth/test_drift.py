"""How a process differs from what was rendered: a table, without any process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netctl.ports import Running
from netctl.truth.drift import Drift, Launched, drift_of, told

pytestmark = pytest.mark.fast

ARGV = ("/v/bin/python", "/c/miner.py", "--netuid", "428", "--axon.port", "8091", "--logging.debug")
ENVIRON = {"PWD": "/w", "PERIOD": "60", "API_KEY": "k3y-s3cret", "NETCTL_NEURON": "/s/miner_1"}
LAUNCHED = Launched(ARGV, "/w", ENVIRON, "/usr/bin/python3.11", frozenset({"PWD", "PERIOD", "NETCTL_NEURON"}))
RUNNING = Running(7, ARGV, "/w", "/usr/bin/python3.11", ENVIRON)


def seen(launched: Launched = LAUNCHED, **changes: object) -> tuple[Drift, ...]:
    return drift_of(launched, replace(RUNNING, **changes))  # type: ignore[arg-type]


def environ(**changes: str | None) -> dict[str, str]:
    return {name: value for name, value in {**ENVIRON, **changes}.items() if value is not None}


def argv(*words: str, without: str = "") -> tuple[str, ...]:
    return tuple(word for word in (*ARGV, *words) if word != without)


SCRIPT = replace(LAUNCHED, argv=("/c/run.sh", "--x", "1"), interpreter="/usr/bin/dash")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, None),
        ({"environ": environ(PERIOD="5")}, Drift("stale", "PERIOD", "5", "60")),
        ({"environ": environ(API_KEY="older-s3cret")}, Drift("stale", "API_KEY", "********", "********")),
        ({"environ": environ(PERIOD=None)}, Drift("missing", "PERIOD", None, "60")),
        ({"environ": environ(API_KEY=None)}, Drift("missing", "API_KEY", None, "********")),
        ({"environ": environ(OLD_TOKEN="t0ken-of-old")}, Drift("extra", "OLD_TOKEN", "********", None)),
        ({"environ": environ(SHLVL="1", _="/bin/x", OLDPWD="/")}, None),
        ({"environ": environ(NETCTL_NEURON="/t/miner_1")}, Drift("stale", "NETCTL_NEURON", "/t/miner_1", "/s/miner_1")),
        ({"environ": None}, None),
        ({"cwd": "/elsewhere"}, Drift("cwd", None, "/elsewhere", "/w")),
        ({"cwd": "/w (deleted)"}, Drift("cwd", None, "/w (deleted)", "/w")),
        ({"cwd": "/w/clone"}, None),
        ({"cwd": "/w/clone (deleted)"}, Drift("cwd", None, "/w/clone (deleted)", "/w")),
        ({"cwd": "/work"}, Drift("cwd", None, "/work", "/w")),
        ({"cwd": None}, None),
        ({"exe": "/usr/bin/python3.12"}, Drift("interpreter", None, "/usr/bin/python3.12", "/usr/bin/python3.11")),
        ({"exe": None}, None),
        ({"argv": argv(without="--logging.debug")}, Drift("argv", "--logging.debug", None, "")),
        ({"argv": argv("--more=3")}, Drift("argv", "--more", "3", None)),
        ({"argv": argv("--x_key", "s3cret-of-somebody")}, Drift("argv", "--x_key", "********", None)),
        ({"argv": argv("--say", "it is k3y-s3cret")}, Drift("argv", "--say", "it is ********", None)),
        ({"argv": (*ARGV[:5], "8092", ARGV[6])}, Drift("argv", "--axon.port", "8092", "8091")),
        (
            {"argv": ("/v/bin/python", "/d/miner.py", *ARGV[2:])},
            Drift("argv", None, *(f"/v/bin/python /{place}/miner.py" for place in "dc")),
        ),
        ({"argv": None}, None),
    ],
)
def test_each_difference_is_named(changes: dict[str, object], found: Drift | None) -> None:
    assert seen(**changes) == (() if found is None else (found,))


def test_a_script_is_run_by_the_interpreter_of_its_first_line() -> None:
    words = ("/bin/sh", "/c/run.sh", "--x", "1")
    assert seen(SCRIPT, argv=words, exe="/usr/bin/dash") == ()
    (found,) = seen(SCRIPT, argv=(*words[:3], "2"), exe="/usr/bin/dash")[1:]
    assert found == Drift("argv", "--x", "2", "1")


@pytest.mark.parametrize(
    "words", [("/bin/sh", "/s/launch.sh"), ("/usr/bin/env", "-u", "OLDPWD", "-u", "SHLVL", "-u", "_", *ARGV)]
)
def test_a_process_that_is_only_about_to_begin_is_not_judged(words: tuple[str, ...]) -> None:
    launched = replace(LAUNCHED, launcher="/s/launch.sh")
    assert seen(launched, argv=words, environ={}, cwd="/", exe="/bin/dash") == ()


def test_what_a_shell_becomes_is_its_own_affair_but_not_what_it_was_given() -> None:
    shell = replace(LAUNCHED, argv=("/bin/sh", "-c", "cd /x; ADDED=1 exec python miner.py"), interpreter="/bin/dash")
    assert seen(shell, environ=environ(ADDED="1", PWD="/x")) == ()
    assert seen(shell, environ=environ(PERIOD="5")) == (Drift("stale", "PERIOD", "5", "60"),)


def test_a_dotenv_that_the_code_lets_win_shadows_what_it_says_otherwise() -> None:
    dotenv = {"PERIOD": "5", "API_KEY": "k3y-s3cret", "MORE": "1", "EMPTY": None}
    found = seen(replace(LAUNCHED, dotenvs=(("/c/.env", dotenv),)))
    assert found == (Drift("shadowed", "MORE", "/c/.env", None), Drift("shadowed", "PERIOD", "/c/.env", "60"))


def test_no_secret_is_in_any_text_of_it() -> None:
    found = seen(
        environ=environ(API_KEY="older-s3cret", OLD="t0ken-of-old"), argv=argv("--a", "k3y-s3cret", "--b=k3y-s3cret")
    )
    text = f"{found} {told(found)} {LAUNCHED} {RUNNING}"
    assert not [secret for secret in ("s3cret", "t0ken") if secret in text]


def test_it_is_told_in_words() -> None:
    found = seen(environ=environ(PERIOD="5", API_KEY="older", OLD="1", NETCTL_NEURON=None), cwd="/x")
    assert told(found) == "API_KEY differs; NETCTL_NEURON is not set; OLD is still set and 2 more"
    assert told(found[3:]) == "PERIOD is 5, rendered 60; cwd is /x, rendered /w"
    assert told(seen(argv=argv("--more"))) == "argv --more is given, rendered not there"
    assert str(Drift("shadowed", "A", "/c/.env", "1")) == "A is overridden by /c/.env"
    assert str(Drift("files", None, "a", "b")) == "its files or its code have changed since it was started"
