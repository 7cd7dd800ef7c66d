"""Sessions on a real tmux server: what runs, how it ends, and what a watcher is told."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path

import libtmux
import psutil
import pytest

from netctl.adapters import processes
from netctl.adapters.tmux import _SET_UP
from netctl.adapters.tmux_panes import LABELS, PARTS, WINDOW, label_text, noting
from netctl.adapters.tmux_server import literal_path, quoted
from netctl.errors import SessionError
from netctl.ports import SessionSpec
from tests.sessions.conftest import Stage, wait_until

SHOW = "import json,os;print(json.dumps({'env': dict(os.environ), 'cwd': os.getcwd(), 'pid': os.getpid()}), flush=True)"


def test_there_is_nothing_and_no_server_before_the_first_launch(stage: Stage) -> None:
    assert stage.host.sessions() == {}
    assert not stage.host.is_alive()


def test_the_pid_is_the_programs_own_and_the_start_time_true(stage: Stage) -> None:
    before = time.time()
    stage.launch("miner_1", sys.executable, "-c", f"{SHOW};import time;time.sleep(60)")
    stage.says("miner_1", "cwd")
    found = stage.host.sessions()["miner_1"]
    assert json.loads(stage.log("miner_1"))["pid"] == found.pid
    assert found.started_at is not None
    assert before - 2 < found.started_at < time.time() + 1
    assert stage.host.is_alive()


def test_the_environment_is_what_was_rendered_and_nothing_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATORS_OWN", "must not leak")
    awkward = "a'b\"c $HOME `id` \\ #{pid} ünï =;&"
    spec = stage.launch("miner_1", sys.executable, "-c", f"{SHOW};import time;time.sleep(60)", environ={"ODD": awkward})
    stage.says("miner_1", "cwd")
    expected = {
        "PATH": "/usr/bin:/bin",
        "NETCTL_NEURON": f"{stage.host.state}/miner_1",
        "ODD": awkward,
        "PWD": str(spec.cwd),
    }
    assert psutil.Process(stage.pid("miner_1")).environ() == expected
    assert json.loads(stage.log("miner_1"))["cwd"] == str(spec.cwd)


def test_names_that_the_guardian_uses_reach_the_program_untouched(stage: Stage) -> None:
    environ = {"neuron": "a", "code": "b", "stopping": "c", "tenths": "d"}
    stage.launch("miner_1", sys.executable, "-c", f"{SHOW};import time;time.sleep(60)", environ=environ)
    stage.says("miner_1", "cwd")
    assert environ.items() <= json.loads(stage.log("miner_1"))["env"].items()


def test_a_secret_is_in_no_argv_option_label_or_server_environment(stage: Stage) -> None:
    secret = "s3cr3t-of-the-operator"
    spec = stage.launch("miner_1", "/bin/sleep", "60", environ={"RAPIDAPI_KEY": secret})
    server = libtmux.Server(socket_path=stage.host.server.ask("display-message", "-p", "#{socket_path}")[0])  # type: ignore[index]
    said = [
        *server.cmd("show-environment", "-g").stdout,
        *server.cmd("show-environment", "-t", "=miner_1").stdout,
        *server.cmd("show-environment", "-h", "-t", "=miner_1").stdout,
        *server.cmd("show-options", "-t", "=miner_1:").stdout,
        *server.cmd("list-panes", "-a", "-F", "#{pane_start_command} #{pane_title}").stdout,
    ]
    argvs = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert f"{LABELS}=" in "\n".join(said)
    assert secret not in "\n".join([*said, *argvs])
    assert secret in spec.launcher.read_text()
    assert stat.S_IMODE(spec.launcher.stat().st_mode) == 0o600


def test_labels_and_parts_reach_no_process_and_parts_come_back_as_they_were(stage: Stage) -> None:
    spec = replace(stage.spec("miner_1", "/bin/true"), parts="-x #{pid} $HOME; 'ünï' %20 \\")
    for restarts in (0, 1):
        stage.host.launch([spec])
        assert stage.ended("miner_1").restarts == restarts
        assert stage.host.started_with(["miner_1"]) == {"miner_1": spec.parts}
    told = spec.cwd / "env"
    again = ["/bin/sh", "-c", "env >env.new; mv env.new env; exec cat"]
    stage.host.server.ask("respawn-pane", "-t", "=miner_1:", "-c", literal_path(str(spec.cwd)), *again)
    wait_until(told.exists, "a program that tmux starts there tells its environment")
    assert "TMUX_PANE=" in told.read_text()
    assert LABELS not in told.read_text()
    assert PARTS not in told.read_text()


def test_a_variable_of_the_operators_or_the_servers_is_no_sessions_label(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (LABELS, PARTS):
        monkeypatch.setenv(name, label_text("miner_1", {}, "0" * 32, 0))
    stage.launch("miner_1", "/bin/sleep", "60")
    stage.launch("miner_2", "/bin/sleep", "60")
    assert stage.host.started_with(["miner_1"]) == {}
    ask = stage.host.server.ask
    ask("set-environment", "-u", "-t", "=miner_1:", LABELS)
    assert set(stage.host.sessions()) == {"miner_2"}
    ask("set-environment", "-g", LABELS, label_text("miner_2", {}, "0" * 32, 0))
    assert set(stage.host.sessions()) == {"miner_2"}
    assert stage.host.sessions()["miner_2"].spec_hash != "0" * 32
    ask(*noting("miner_1", LABELS, label_text("miner_1", {}, "1" * 32, 0)))
    assert stage.host.sessions()["miner_1"].spec_hash == "1" * 32


@pytest.mark.parametrize("code", [0, 1, 7, 128, 255])
def test_an_exit_code_is_kept(stage: Stage, code: int) -> None:
    stage.launch("miner_1", "/bin/sh", "-c", f"exit {code}")
    found = stage.ended("miner_1")
    assert (found.exit_code, found.exit_signal, found.pid) == (code, None, None)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGHUP, signal.SIGABRT])
def test_a_deadly_signal_is_kept(stage: Stage, number: signal.Signals) -> None:
    stage.launch("miner_1", "/bin/sleep", "60")
    psutil.Process(stage.pid("miner_1")).send_signal(number)
    found = stage.ended("miner_1")
    assert (found.exit_code, found.exit_signal, found.pid) == (None, number, None)


def test_a_program_that_is_not_there_ends_with_127_and_says_so(stage: Stage) -> None:
    stage.launch("miner_1", "/nowhere/python")
    assert stage.ended("miner_1").exit_code == 127
    assert "/nowhere/python" in stage.log("miner_1", "stderr")


def test_streams_go_to_files_of_their_own_and_are_appended_to(stage: Stage) -> None:
    for _ in range(2):
        stage.launch("miner_1", "/bin/sh", "-c", "echo out; echo err >&2")
        stage.ended("miner_1")
        wait_until(lambda: stage.log("miner_1", "stderr") != "", "the error log is written")
    assert stage.log("miner_1") == "out\nout\n"
    assert stage.log("miner_1", "stderr") == "err\nerr\n"


def test_standard_input_is_empty(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/cat")
    assert stage.ended("miner_1").exit_code == 0


def test_a_dead_session_is_replaced_and_counted(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sh", "-c", "echo first; exit 3")
    stage.ended("miner_1")
    again = stage.launch("miner_1", "/bin/sleep", "60")
    found = stage.host.sessions()["miner_1"]
    assert (found.spec_hash, found.restarts, found.exit_code) == (again.spec_hash, 1, None)
    assert found.labels["log_offset"] == str(len("first\n"))
    assert found.pid is not None


def test_a_live_session_is_never_launched_twice(stage: Stage) -> None:
    spec = stage.launch("miner_1", "/bin/sleep", "60")
    pid = stage.pid("miner_1")
    stage.host.launch([spec])
    assert stage.pid("miner_1") == pid
    spec = stage.spec("miner_1", "/bin/sleep", "61")
    with pytest.raises(SessionError, match="miner_1 already runs"):
        stage.host.launch([stage.spec("miner_2", "/bin/sleep", "60"), spec])
    assert set(stage.host.sessions()) == {"miner_1"}
    assert stage.pid("miner_1") == pid


def test_labels_survive_whatever_they_hold(stage: Stage) -> None:
    plain = stage.spec("chain", "/bin/sleep", "60")
    labels = (("endpoint", "ws://127.0.0.1:9944"), ("odd", "a|b & c=d 'e' \"f\" #{pid} ü"))
    spec = SessionSpec(plain.name, plain.launcher, plain.cwd, plain.stdout, plain.stderr, plain.spec_hash, labels)
    stage.host.launch([spec])
    assert dict(labels).items() <= stage.host.sessions()["chain"].labels.items()


def test_names_are_exact_also_where_one_begins_like_another(stage: Stage) -> None:
    stage.host.launch([stage.spec("miner_1", "/bin/sleep", "60"), stage.spec("miner_10", "/bin/sleep", "61")])
    assert stage.host.stop(["miner_1"], grace_s=3) == ()
    assert set(stage.host.sessions()) == {"miner_10"}
    assert stage.host.stop(["miner_1"], grace_s=3) == ()
    assert set(stage.host.sessions()) == {"miner_10"}


def test_a_hundred_sessions_start_and_stop_together(stage: Stage) -> None:
    names = [f"miner_{number}" for number in range(100)]
    stage.host.launch([stage.spec(name, "/bin/sleep", "60") for name in names])
    wait_until(lambda: all(f.pid is not None for f in stage.host.sessions().values()), "all run", 30)
    pids = {found.pid for found in stage.host.sessions().values()}
    assert len(pids) == 100
    assert stage.host.shut_down(grace_s=10) == ()
    assert [pid for pid in pids if pid is not None and psutil.pid_exists(pid)] == []
    assert not stage.host.is_alive()


def test_attach_shows_the_log_in_a_view_that_goes_with_its_watcher(stage: Stage, tmp_path: Path) -> None:
    stage.launch("miner_1", "/bin/sh", "-c", "echo hello-from-the-log; sleep 60")
    argv = stage.host.attach_argv("miner_1", [stage.host.state / "logs" / "miner_1.log"])
    # `script` gives tmux the terminal that a person would have.
    watcher = psutil.Popen(
        ["script", "-qefc", _shell(argv), str(tmp_path / "typescript")],
        env={"TERM": "xterm", "PATH": "/usr/bin:/bin"},
        stdin=-1,
        stdout=-3,
    )
    try:
        wait_until(lambda: "hello-from-the-log" in _read(tmp_path / "typescript"), "the log is shown")
        assert "Ctrl-b d" in _read(tmp_path / "typescript")
        assert set(stage.host.sessions()) == {"miner_1"}
    finally:
        watcher.kill()
        watcher.communicate()
    ask = stage.host.server.ask
    wait_until(lambda: len(ask("list-sessions", "-F", "#{session_name}") or ()) == 2, "the view is gone")
    assert stage.host.sessions()["miner_1"].pid is not None


def test_ctrl_c_ends_the_view_and_leaves_nothing_of_it(stage: Stage) -> None:
    stage.launch("miner_1", "/bin/sh", "-c", "echo hello-from-the-log; sleep 60")
    argv = stage.host.attach_argv("miner_1", [stage.host.state / "logs" / "miner_1.log"])
    screen, terminal = pty.openpty()
    watcher = psutil.Popen(argv, env={"TERM": "xterm"}, stdin=terminal, stdout=terminal, start_new_session=True)
    try:
        shown = os.read(screen, 4096)
        while b"hello-from-the-log" not in shown:
            shown += os.read(screen, 4096)
        os.write(screen, b"\x03")
        assert watcher.wait(10) == 0
    finally:
        for end in (screen, terminal):
            os.close(end)
    assert stage.host.server.ask("list-sessions", "-F", "#{session_name}") == ("keeper", "miner_1")
    assert stage.host.sessions()["miner_1"].pid is not None


def _shell(argv: list[str] | tuple[str, ...] | object) -> str:
    import shlex

    return shlex.join(argv)  # type: ignore[arg-type]


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def test_what_an_earlier_version_started_runs_on_and_nothing_is_started_beside_it_until_it_is_down(
    stage: Stage,
) -> None:
    """Its labels were options, which are not looked at; its processes carry the same marker."""
    spec = stage.spec("miner_1", sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)")
    start = ["new-session", "-d", "-s", "miner_1", "-n", WINDOW, "-c", literal_path(str(spec.cwd))]
    script = [*_SET_UP, [*start, "/bin/sh", str(spec.launcher)]]
    script.append(["set-option", "-t", "=miner_1:", "@netctl_labels", f"=hash={spec.spec_hash}&=restarts=0"])
    stage.host.server.run("start-server", ";", "source-file", "-", script="\n".join(map(quoted, script)) + "\n")
    stage.says("miner_1", "begun")
    other = stage.spec("miner_2", sys.executable, "-c", "import time; time.sleep(600)")
    for specs in ([spec], [other]):
        with pytest.raises(SessionError, match="earlier version of netctl started what runs here: miner_1;") as refused:
            stage.host.launch(specs)
        assert refused.value.hint == "end it first: netctl fleet down, then netctl fleet up"
    assert set(processes.with_marker(f"{stage.host.state}/")) == {"miner_1"}
    assert stage.log("miner_1") == "begun\n"
    assert stage.host.shut_down(grace_s=3) == ()
    stage.host.launch([spec, other])
    assert set(stage.host.sessions()) == {"miner_1", "miner_2"}
