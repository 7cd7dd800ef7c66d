"""Who else uses a neuron's port or hotkey: two processes with one identity are the commonest way to lose both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from netctl.fleet import Fleet, NeuronSpec
from netctl.ports import ProcessFacts
from netctl.step import Blocked

USUAL_WALLETS = ".bittensor/wallets"


def rivals(
    fleet: Fleet,
    neuron: NeuronSpec,
    listeners: Mapping[int, ProcessFacts],
    processes: Sequence[ProcessFacts],
    leaving: Collection[str] = (),
) -> Iterator[Blocked]:
    """Processes that have the port or the hotkey of this neuron, each with its pid.

    Its own do not count, nor those of the fleet's sessions in `leaving`, which are ended before it is started.
    """
    yield from port_rivals(fleet, neuron, listeners, leaving)
    yield from hotkey_rivals(fleet, neuron, processes, leaving)


def port_rivals(
    fleet: Fleet, neuron: NeuronSpec, listeners: Mapping[int, ProcessFacts], leaving: Collection[str] = ()
) -> Iterator[Blocked]:
    """Who else listens on the ports of this neuron; the fleet's own proxy holds the announced one in its stead."""
    own = _own(fleet, neuron, (*leaving, "proxy"))
    for port in neuron.ports:
        holder = listeners.get(port)
        if holder is not None and holder.marker not in own:
            yield Blocked(neuron.name, f"port {port} is taken by {_who(holder)}", _way_out(holder))


def hotkey_rivals(
    fleet: Fleet, neuron: NeuronSpec, processes: Sequence[ProcessFacts], leaving: Collection[str] = ()
) -> Iterator[Blocked]:
    """Which other processes run on the hotkey of this neuron."""
    own = _own(fleet, neuron, leaving)
    keyfile = fleet.wallet_path / neuron.wallet / "hotkeys" / neuron.hotkey
    for process in processes:
        if process.marker not in own and not _is_tool(process) and hotkey_file(process) == keyfile:
            what = f"hotkey {neuron.wallet}/{neuron.hotkey} is in use by {_who(process)}"
            yield Blocked(neuron.name, what, "end it first: two neurons must not share a hotkey")


def _own(fleet: Fleet, neuron: NeuronSpec, leaving: Collection[str]) -> set[str]:
    return {f"{fleet.state}/{name}" for name in (neuron.name, *leaving)}


def hotkey_file(process: ProcessFacts) -> Path | None:
    """The hotkey that a process runs on, by its command line and HOME; None where that cannot be told."""
    name = _option(process.argv, "--wallet.name") or "default"
    hotkey = _option(process.argv, "--wallet.hotkey")
    path = _option(process.argv, "--wallet.path")
    if path is None or path.startswith("~"):
        if process.home is None:
            return None
        path = f"{process.home}/{path[2:] if path else USUAL_WALLETS}"
    return None if hotkey is None else Path(path) / name / "hotkeys" / hotkey


def _option(argv: Sequence[str], name: str) -> str | None:
    for number, word in enumerate(argv):
        if word == name and number + 1 < len(argv):
            return argv[number + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None


def _is_tool(process: ProcessFacts) -> bool:
    """Whether it is btcli or netctl at work: they name hotkeys too, and are soon gone."""
    return any(Path(word).name in ("btcli", "netctl") for word in process.argv[:2])


def _way_out(holder: ProcessFacts) -> str:
    if holder.marker is None:
        return "end it, or set another `port:`, or `first_port:` under defaults"
    return "take that fleet down (a rehearsal moves when it comes up again), or set `first_port:` under defaults"


def _who(process: ProcessFacts) -> str:
    if process.pid == 0:
        return "a process of another user"
    words = " ".join(process.argv[:3])
    fleet = f" of {process.marker}" if process.marker else ""
    return f"pid {process.pid} ({words[:80]}){fleet}" if words else f"pid {process.pid}{fleet}"
