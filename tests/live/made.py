"""Fleets of any size as values, for what is drawn of them."""

from __future__ import annotations

from dataclasses import replace
from math import sin
from pathlib import Path

from netctl.agreement.evidence import Verdict
from netctl.live.recorded import Kind
from netctl.live.rows import Picture, Row
from netctl.live.tracks import Point
from netctl.logs import Source
from netctl.status import NeuronStatus, StatusReport
from netctl.supervisor.fates import SupervisorStatus

AT = 1_800_000_000.0


def status(name: str, **differs: object) -> NeuronStatus:
    """A miner that runs and is well, but for what is named."""
    plain = NeuronStatus(
        name=name,
        role="validator" if name.startswith("validator") else "miner",
        wallet="w1",
        hotkey=f"hotkey of {name}",
        coldkey_ss58="5Cold",
        hotkey_ss58=f"5{name}",
        uid=None,
        expected_uid=None,
        registered=True,
        deregistered=False,
        balance_tao="4.997300000",
        stake_tao="0.000000000",
        validator_permit=False,
        unheard=None,
        state="running",
        ready=True,
        failing=(),
        pid=4242,
        uptime_s=61.2,
        restarts=0,
        exit_code=None,
        exit_signal=None,
        axon="127.0.0.1:8093",
        log=Path("/nowhere") / f"{name}.log",
        problem=None,
    )
    return replace(plain, **differs)  # type: ignore[arg-type]


def row(name: str, *, at: float = AT, logs: Path = Path("/nowhere"), **differs: object) -> Row:
    """The same with figures; each a little different by its name and the time."""
    number = int(name.rpartition("_")[2])
    drawn: dict[Kind, tuple[Point, ...]] = {
        "score": tuple((AT - 3600 + 60 * step, 1 + sin(step / 5 + number)) for step in range(60)),
        "cpu": tuple((AT - 3600 + 10 * step, 0.1) for step in range(240)),
    }
    told = status(name, uid=number, **differs) if "uid" not in differs else status(name, **differs)
    return Row(
        told,
        (Source(name, logs / f"{name}.log"), Source(name, logs / f"{name}.err.log", "stderr")),
        (Verdict("validator_1", name, at - 30, number / 7, 0.5),),
        number / 7,
        at - 30,
        1 / number,
        1_000_000_000,
        0.01 * number + at % 7 / 100,
        100_000_000 + number,
        drawn,
    )


def picture(*rows: Row, at: float = AT, problems: tuple[str, ...] = ()) -> Picture:
    """A fleet of these rows at that time."""
    supervisor = SupervisorStatus("running", 4241, 60.0, None)
    neurons = tuple(each.status for each in rows)
    report = StatusReport("made-rehearsal", True, "ws://127.0.0.1:9944", 428, 812, at, at - 1, supervisor, neurons)
    return Picture(report, rows, AT - 3600, problems)


def many(count: int, at: float = AT) -> Picture:
    """A fleet of so many miners; each second all of them use a little more or less."""
    return picture(*(row(f"miner_{number}", at=at) for number in range(1, count + 1)), at=at)
