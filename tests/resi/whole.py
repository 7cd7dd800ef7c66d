"""What a whole fleet shows under a given pack: `fleet up --rehearse`, and what netctl says of readiness."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netctl import packs
from tests.cli.program import run
from tests.resi.bench import Bench
from tests.resi.fleet import Real, copied_checkout, profile_of, sdk_python, until
from tests.resi.launched import Seen

PATIENCE_S = 6.0
BEGUN = "Validator running on step"


@contextmanager
def _fleet(
    bench: Bench, pack: Path | None, *, of: Mapping[str, Mapping[str, object]] | None = None, subnet: Any = None
) -> Iterator[Real]:
    """A rehearsal of one miner and one validator, taken down again; `of` changes what the profile says of a role."""
    place = bench.place / f"fleet{next(bench.numbers)}"
    place.mkdir()
    checkout = copied_checkout(place / "resi-subnet")
    profile = profile_of(checkout, sdk_python(), pack or packs.find("resi"))
    profile["miners"] = profile["miners"][:1]
    for role, changes in (of or {}).items():
        profile[f"{role}s"][0] |= changes
    if subnet is not None:
        profile["rehearsal"]["subnet"] = subnet
    fleet = Real.of(place, profile)
    try:
        yield fleet
    finally:
        fleet.netctl("fleet", "down")


def _verdict(fleet: Real, name: str) -> str:
    neuron = fleet.neuron(name)
    return "ready" if neuron["ready"] else str(neuron["problem"])


@contextmanager
def _coming_up(fleet: Real) -> Iterator[Path]:
    """`fleet up` in the background, and where it writes; ended as by Ctrl-C."""
    words = [sys.executable, "-m", "netctl", "fleet", "up", "-p", "real.yaml", "--rehearse", "--yes"]
    told = fleet.place / "up.txt"
    with told.open("wb") as file:
        up = subprocess.Popen(
            words,
            cwd=fleet.place,
            env={**os.environ, **fleet.environ},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        yield told
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGINT)
        up.wait(timeout=60)


def _settled(fleet: Real, name: str) -> str:
    """The verdict, once there was time for it to become `ready`."""
    end = time.monotonic() + PATIENCE_S
    while (verdict := _verdict(fleet, name)) != "ready" and time.monotonic() < end:
        time.sleep(0.5)
    return verdict


def port_of_another(role: str) -> Seen:
    """The verdict on a neuron whose port another program takes while it starts."""
    name, begun = f"{role}_1", {"miner": "Miner starting at", "validator": BEGUN}[role]

    def seen(bench: Bench, pack: Path | None) -> str:
        with _fleet(bench, pack) as fleet, _coming_up(fleet) as told, socket.socket() as holder:
            until(lambda: fleet.log(name), deadline_s=60, of=told.read_text)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind(("0.0.0.0", fleet.port(name)))
            holder.listen()
            until(lambda: begun in fleet.log(name), deadline_s=60, of=lambda: fleet.log(name)[-2000:])
            return _settled(fleet, name)

    return seen


def served_elsewhere(bench: Bench, pack: Path | None) -> str:
    """The verdict on a miner that the chain announces at another port than the profile's."""
    return _changed(bench, pack, "miner", "Miner starting at", env={"BT_AXON_EXTERNAL_PORT": "9999"})


def dead_thread(bench: Bench, pack: Path | None) -> str:
    """The verdict on a validator whose loop died after its axon was up: its process lives on."""
    return _changed(bench, pack, "validator", "Traceback", args={"s3_results_path": True})


def _changed(bench: Bench, pack: Path | None, role: str, words: str, **changes: object) -> str:
    name = f"{role}_1"
    with _fleet(bench, pack, of={role: changes}) as fleet, _coming_up(fleet) as told:
        until(lambda: words in fleet.log(name), deadline_s=90, of=lambda: told.read_text() + fleet.log(name)[-2000:])
        return _settled(fleet, name)


def refused_for_long(bench: Bench, pack: Path | None) -> str:
    """How a miner takes its validator where the permit comes late: epochs are ninety seconds apart here."""
    with _fleet(bench, pack, subnet={"tempo": 360}) as fleet, _coming_up(fleet) as told:
        until(
            lambda: "waits for its permit" in told.read_text() or "Miner starting at" in fleet.log("miner_1"),
            deadline_s=60,
            of=told.read_text,
        )
        mined = run("chain", "mine", "361", "-p", "real.yaml", cwd=fleet.place, **fleet.environ)
        assert mined.code == 0, mined.err

        def answered() -> str | None:
            said = fleet.log("validator_1") + fleet.log("miner_1")
            words = ("Got to a GetMinerIndex", "is not a validator")
            return next((word for word in words if word in said), None)

        return str(until(answered, deadline_s=60, of=lambda: told.read_text() + fleet.log("validator_1")[-3000:]))
