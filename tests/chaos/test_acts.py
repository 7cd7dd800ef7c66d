"""Disturbances made and ended, on sessions of a real tmux."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from netctl.chaos import acts
from netctl.chaos.acts import Scene, Wish, continue_neuron, disturb, undo, undo_overdue
from netctl.chaos.disturbance import BEGAN, What, explains
from netctl.chaos.record import holding, overdue
from netctl.cli.world import locked
from netctl.errors import LockHeld, SessionError, UsageError
from netctl.fleet import Fleet
from netctl.journal import FileJournal
from netctl.ports import SessionFacts
from tests.sessions.conftest import Stage, wait_until

Look = Callable[[], Scene]


def is_frozen(scene: Scene, name: str) -> bool:
    return bool(psutil.Process(scene.sessions[name].pid).status() == psutil.STATUS_STOPPED)


def watchdogs(scene: Scene) -> list[int]:
    """The fleet's watchdogs, by their mark."""
    return [process.pid for process in psutil.process_iter() if _mark(process) == f"{scene.fleet.state}/.chaos"]


def _mark(process: psutil.Process) -> str:
    try:
        return process.environ().get("NETCTL_NEURON", "")
    except (psutil.Error, OSError):
        return ""


def kinds(scene: Scene) -> list[tuple[str, str, str | None]]:
    return [(entry["kind"], entry["what"], entry.get("by")) for entry in scene.journal.entries()]


def test_a_stop_freezes_the_neuron_and_nobody_else_and_ends_when_it_is_undone(scene: Look) -> None:
    now = scene()
    (made,) = disturb(now, Wish("stop", 600.0), ["miner_1"])
    wait_until(lambda: is_frozen(now, "miner_1"), "miner_1 is frozen", 30)
    assert not is_frozen(now, "miner_2")
    assert holding(now.journal, now.clock.now()) == (made,)
    assert undo(now.fleet, now.journal, now.clock, lambda each: each.neuron == "miner_1") == (made,)
    wait_until(lambda: not is_frozen(now, "miner_1"), "miner_1 goes on", 30)
    assert holding(now.journal, now.clock.now()) == ()
    assert kinds(now) == [("chaos", "stop", None), ("chaos_end", "stop", "undo")]
    assert undo(now.fleet, now.journal, now.clock, lambda _: True) == ()


@pytest.mark.parametrize("what", ["kill", "stop"])
def test_the_pid_of_a_neuron_on_another_machine_is_nobodys_to_signal_here(scene: Look, what: What) -> None:
    now = scene()
    there = replace(now.sessions["miner_1"], node="nd2")
    with pytest.raises(UsageError, match=f"{what} miner_1: miner_1 runs on nd2"):
        disturb(replace(now, sessions={**now.sessions, "miner_1": there}), Wish(what), ["miner_1"])
    assert not is_frozen(now, "miner_1")
    assert kinds(now) == []


def test_a_stop_ends_by_itself_though_nobody_waits(scene: Look) -> None:
    now = scene()
    disturb(now, Wish("stop", 1.0), ["miner_1", "miner_2"])
    wait_until(lambda: not watchdogs(now), "the watchdog has done its work", 30)
    for name in ("miner_1", "miner_2"):
        wait_until(lambda name=name: not is_frozen(now, name), f"{name} goes on", 30)  # type: ignore[misc]
    assert holding(now.journal, now.clock.now()) == ()


def test_what_is_overdue_is_undone_and_closed_by_the_next_command_that_holds_the_fleet(scene: Look) -> None:
    """As where the watchdog was killed, which should have ended it."""
    now = scene()
    (made,) = disturb(now, Wish("stop", 0.2), ["miner_1"])
    wait_until(lambda: not watchdogs(now), "the watchdog has done its work", 30)
    os.killpg(now.sessions["miner_1"].pid or 0, signal.SIGSTOP)
    wait_until(lambda: overdue(now.journal, now.clock.now()) == (made,), "it is overdue", 30)
    wait_until(lambda: is_frozen(now, "miner_1"), "miner_1 is frozen", 30)
    assert holding(now.journal, now.clock.now()) == (made,)
    with locked(now.fleet):
        wait_until(lambda: not is_frozen(now, "miner_1"), "miner_1 goes on", 30)
    assert kinds(now) == [("chaos", "stop", None), ("chaos_end", "stop", "time")]
    assert undo_overdue(now.fleet, now.journal, now.clock) == ()


def test_a_kill_reaches_the_whole_group_and_the_journal_explains_the_end(stage: Stage, scene: Look) -> None:
    code = (
        f"import subprocess, time; subprocess.Popen([{sys.executable!r}, '-S', '-c', 'import time; time.sleep(600)'])"
    )
    stage.launch("miner_3", sys.executable, "-c", f"{code}; time.sleep(600)")
    now = scene()
    (leader,) = [psutil.Process(now.sessions["miner_3"].pid)]
    wait_until(lambda: bool(leader.children()), "it has a child", 30)
    members = [leader, *leader.children()]
    (made,) = disturb(now, Wish("kill", signal="TERM"), ["miner_3"])
    wait_until(lambda: stage.has_ended("miner_3"), "its session is dead", 30)
    assert not [each for each in members if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    ended_at = now.clock.now()
    assert stage.host.sessions()["miner_3"].exit_signal == signal.SIGTERM
    assert "SIGTERM" in (explains(now.journal.entries(), "miner_3", ended_at) or "")
    assert explains(now.journal.entries(), "miner_1", ended_at) is None
    assert (made.until, holding(now.journal, ended_at)) == (None, ())


def test_a_neuron_that_somebody_else_froze_goes_on_too(scene: Look) -> None:
    now = scene()
    os.killpg(now.sessions["miner_1"].pid or 0, signal.SIGSTOP)
    wait_until(lambda: is_frozen(now, "miner_1"), "miner_1 is frozen", 30)
    assert continue_neuron(now.sessions["miner_1"])
    wait_until(lambda: not is_frozen(now, "miner_1"), "miner_1 goes on", 30)


def test_nothing_is_done_to_any_where_one_cannot_be(scene: Look) -> None:
    now = scene()
    with pytest.raises(UsageError, match="miner_9 does not run"):
        disturb(now, Wish("stop"), ["miner_1", "miner_9"])
    assert (now.journal.entries(), is_frozen(now, "miner_1")) == ((), False)


def test_a_neuron_is_not_stopped_twice_at_once(scene: Look) -> None:
    now = scene()
    disturb(now, Wish("stop", 600.0), ["miner_1"])
    wait_until(lambda: is_frozen(now, "miner_1"), "miner_1 is frozen", 30)
    with pytest.raises(UsageError, match=r"miner_1: stop until .* holds already") as caught:
        disturb(now, Wish("stop", 600.0), ["miner_2", "miner_1"])
    assert caught.value.hint == "netctl chaos undo miner_1"
    assert not is_frozen(now, "miner_2")


def test_what_fails_on_the_way_is_undone(scene: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second neuron ends between the look at it and its signal: the first must not stay frozen."""
    now = scene()
    send = acts.signals.send

    def losing(pid: int, birth: str, number: signal.Signals) -> bool:
        return send(pid, birth, number) and (number != signal.SIGSTOP or pid == now.sessions["miner_1"].pid)

    monkeypatch.setattr(acts.signals, "send", losing)
    with pytest.raises(SessionError, match="miner_2 ended before SIGSTOP"):
        disturb(now, Wish("stop", 600.0), ["miner_1", "miner_2"])
    for name in ("miner_1", "miner_2"):
        wait_until(lambda name=name: not is_frozen(now, name), f"{name} goes on", 30)  # type: ignore[misc]
    assert [kind for kind, _, _ in kinds(now)] == ["chaos", "chaos", "chaos_end", "chaos_end"]


def test_the_journal_has_the_disturbance_before_it_is_made(scene: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    now = scene()
    seen: list[int] = []

    @contextmanager
    def standing_by(*_: object, **__: object) -> Iterator[None]:
        seen.append(len(now.journal.entries()))
        yield

    monkeypatch.setattr(acts.guard, "standing_by", standing_by)
    disturb(now, Wish("stop", 600.0), ["miner_1"])
    assert seen == [1]
    entry = now.journal.entries()[0]
    assert (entry["kind"], entry["neuron"], entry["process"]) == (BEGAN, "miner_1", now.sessions["miner_1"].pid)
    assert entry["ends"].endswith("Z")
    undo(now.fleet, now.journal, now.clock, lambda _: True)


@pytest.mark.parametrize("what", ["cut-rpc", "slow-rpc", "drop-axon"])
def test_a_neuron_without_a_proxy_is_refused_with_the_key_that_makes_one(scene: Look, what: str) -> None:
    with pytest.raises(UsageError, match=f"{what} miner_1: .* not behind a proxy") as caught:
        disturb(scene(), Wish(what), ["miner_1"])  # type: ignore[arg-type]
    assert "`chaos: true`" in caught.value.hint


def _with(scene: Scene, fleet: Fleet, **labels: str) -> Scene:
    session: SessionFacts = replace(scene.sessions["miner_1"], labels=labels)
    return replace(scene, fleet=fleet, sessions={"miner_1": session})


def test_a_neuron_that_was_started_before_its_proxy_is_refused_and_so_is_a_pack_that_cannot(
    scene: Look, tmp_path: Path
) -> None:
    from netctl.fleet import ProxyPorts

    now = scene()
    proxied = replace(now.fleet, neurons=tuple(replace(n, proxied=ProxyPorts(1, 2)) for n in now.fleet.neurons))
    with pytest.raises(UsageError, match="it was started before the proxy was there"):
        acts.check(_with(now, proxied), "cut-rpc", ["miner_1"])
    with pytest.raises(UsageError, match="as its pack starts it") as caught:
        acts.check(_with(now, proxied, proxied_rpc="1"), "drop-axon", ["miner_1"])
    assert "neuron.bind_port" in caught.value.hint
    with pytest.raises(SessionError, match=r"the proxy of .* does not run"):
        acts.check(_with(now, proxied, proxied_rpc="1"), "cut-rpc", ["miner_1"])


def test_two_commands_take_turns_and_one_that_hangs_is_not_waited_for_for_ever(
    scene: Look, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = scene()
    monkeypatch.setattr("netctl.chaos.turn.PATIENCE_S", 0.2)
    holder = "f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    code = f"import fcntl, sys; {holder}"
    words = [sys.executable, "-c", code, str(fleet.state / "chaos.lock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LockHeld):
            disturb(now, Wish("stop", 600.0), ["miner_1"])
        other.kill()
    assert now.journal.entries() == ()


def test_a_fleet_that_goes_down_takes_watchdogs_with_it(scene: Look, stage: Stage) -> None:
    now = scene()
    disturb(now, Wish("stop", 600.0), ["miner_1"])
    assert len(watchdogs(now)) == 1
    assert stage.host.shut_down(grace_s=3) == ()
    assert watchdogs(now) == []


def test_a_torn_line_of_the_journal_hides_no_disturbance(scene: Look, journal: FileJournal) -> None:
    now = scene()
    with journal.path.open("ab") as file:
        file.write(b'{"kind":"chaos","id":"to')
    (made,) = disturb(now, Wish("stop", 600.0), ["miner_1"])
    wait_until(lambda: holding(journal, now.clock.now()) == (made,), "it is known", 30)
