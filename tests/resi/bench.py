"""One neuron of the checkout at a time, on a chain where its fleet is registered and its validator has its permit.

What netctl renders with a given pack is written as netctl writes it, and its launcher is run as tmux would run it.
"""

from __future__ import annotations

import itertools
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from netctl import packs
from netctl.fleet import Fleet, Network, NeuronSpec
from netctl.layout import error_log_of, files_of, log_of, work_of
from netctl.packs import Pack
from netctl.profile import load
from netctl.render.fleet import RenderedFleet, render_fleet
from netctl.resolve import resolve
from tests.chains import RunningChain, start_chain
from tests.cli.program import run
from tests.resi.fleet import KEY, Real, copied_checkout, copied_pack, plain, profile_of, sdk_python, until

NETUID = 430
"""Not 428: there the miner's code knows the testnet's address of S3 by itself."""
SUBNET = {
    "tempo": 10,
    "commit_reveal_weights_enabled": False,
    "weights_rate_limit": 0,
    "serving_rate_limit": 0,
    "min_allowed_weights": 1,
}
IDLE = Path(__file__).parent.parent / "campaign" / "idle"
"""A pack whose neurons only live: it brings the fleet onto the chain without them."""
AS_IN_A_PANE = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv("/bin/sh", ["/bin/sh", sys.argv[1]])
"""
"""The launcher's job control wants a terminal of its own, as tmux gives it."""
END_S = 20.0


@dataclass
class Running:
    """A launched neuron."""

    fleet: Fleet
    name: str
    process: subprocess.Popen[bytes]

    @property
    def out(self) -> str:
        return plain(log_of(self.fleet, self.name))

    @property
    def err(self) -> str:
        return plain(error_log_of(self.fleet, self.name))

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err

    @property
    def work(self) -> Path:
        return work_of(self.fleet, self.name)

    def wait_for(self, *words: str, deadline_s: float = 40) -> str:
        """The first of these that it says; what it said where it says none in time, or ends first."""

        def found() -> str | None:
            ended = self.process.poll() is not None
            said = self.said
            return next((word for word in words if word in said), f"ENDED {said[-3000:]}" if ended else None)

        return str(until(found, deadline_s=deadline_s, of=lambda: self.said[-3000:]))

    def end(self) -> None:
        """End it as netctl does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=END_S)


@dataclass
class Bench:
    """The chain, the checkout and the fleet's keys; every launch has a state directory of its own."""

    place: Path
    chain: RunningChain
    checkout: Path
    fleet: Fleet
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def pack(self, path: Path | None = None) -> Pack:
        return packs.load(str(path) if path else "resi")

    def changed(self, name: str, *, kind: str = "local", state: Path | None = None, **changes: Any) -> Fleet:
        """The fleet with that neuron alone, in a state directory of its own, on a network of that kind."""
        neuron = self.neuron(name)
        env = tuple({**dict(neuron.env), **dict(changes.pop("env", {}))}.items())
        state = state or self.place / "states" / str(next(self.numbers))
        return replace(
            self.fleet,
            state=state,
            neurons=(replace(neuron, env=env, **changes),),
            network=Network(kind, self.chain.url),  # type: ignore[arg-type]
        )

    def neuron(self, name: str) -> NeuronSpec:
        return next(neuron for neuron in self.fleet.neurons if neuron.name == name)

    def rendered(self, fleet: Fleet, pack: Path | None, operator: Mapping[str, str] | None = None) -> RenderedFleet:
        return render_fleet(fleet, self.pack(pack), operator if operator is not None else {"RAPIDAPI_KEY": KEY})

    @contextmanager
    def running(self, fleet: Fleet, pack: Path | None) -> Iterator[Running]:
        """That fleet's one neuron, started; ended afterwards."""
        one = self.rendered(fleet, pack)
        assert one.blocked == ()
        (rendered,) = one.rendered
        for directory in (files_of(fleet, rendered.neuron), *rendered.directories):
            directory.mkdir(parents=True, exist_ok=True)
        for file in rendered.files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_bytes(file.content)
        for seed in rendered.seeds:
            if not seed.path.exists():
                seed.path.parent.mkdir(parents=True, exist_ok=True)
                seed.path.write_bytes(seed.content)
        environ = {name: value for name, value in os.environ.items() if name == "TESTS_OF"}
        ours, pane = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", AS_IN_A_PANE, str(rendered.session.launcher)],
            env=environ,
            cwd=rendered.session.cwd,
            stdin=pane,
            stdout=pane,
            stderr=pane,
            start_new_session=True,
        )
        found = Running(fleet, rendered.neuron, process)
        try:
            yield found
        finally:
            found.end()
            os.close(ours)
            os.close(pane)

    def axon(self, name: str) -> str | None:
        """What the chain says of a neuron's axon."""
        return next(row["axon"] for row in self.rows() if row["name"] == name)

    def hotkey(self, name: str) -> str:
        """Its address."""
        return next(str(row["hotkey"]) for row in self.rows() if row["name"] == name)

    def rows(self) -> list[dict[str, Any]]:
        """The metagraph."""
        return list(self._netctl("metagraph", "--json").document["neurons"])

    def holder(self, port: int) -> int | None:
        """Who listens on a port."""
        for connection in psutil.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return connection.pid
        return None

    def _netctl(self, *argv: str, profile: str = "real.yaml") -> Any:
        return run(*argv, "-p", profile, "--network", self.chain.url, cwd=self.place, RAPIDAPI_KEY=KEY)


@contextmanager
def a_bench(place: Path) -> Iterator[Bench]:
    """A chain of its own, and on it the fleet of the profile: registered, staked, permitted, not started."""
    checkout = copied_checkout(place / "resi-subnet")
    profile = {**profile_of(checkout, sdk_python(), copied_pack(place)), "netuid": NETUID, "subnet": SUBNET}
    Real.of(place, profile)
    chain = start_chain(place / "chain", seal="interval", first_netuid=NETUID)
    try:
        loaded = load(place / "real.yaml")
        fleet = resolve(
            loaded,
            profile_path=place / "real.yaml",
            state_home=place / ".netctl",
            python=Path("python"),
            network=chain.url,
        )
        bench = Bench(place, chain, checkout, fleet)
        (place / "idle.yaml").write_text(json.dumps({**profile, "neurons": {"pack": str(IDLE)}}))
        for words in (("up", "--yes"), ("down",)):
            done = bench._netctl("fleet", *words, profile="idle.yaml")
            assert done.code == 0, done.err
        until(
            lambda: any(row["name"] == "validator_1" and row["validator_permit"] for row in bench.rows()),
            deadline_s=60,
        )
        yield bench
    finally:
        chain.stop()
