"""The fleet's status as people read it."""

from __future__ import annotations

from pathlib import Path

from netctl.cli.output import Cell, show, show_json, show_table
from netctl.durations import short
from netctl.status import NeuronStatus, StatusReport

STYLES = {"running": "green", "starting": "yellow", "backoff": "yellow", "stopped": "dim"}


def show_report(report: StatusReport, *, as_json: bool) -> int:
    """Show it in either form; returns the exit code, 1 where something has a problem."""
    if as_json:
        show_json(report.document(below=Path.cwd()))
    else:
        show_status(report)
    return 0 if report.ok else 1


def show_status(report: StatusReport) -> None:
    """The fleet's line, then one line for each neuron."""
    show(fleet_line(report))
    on_nodes = any(neuron.node is not None for neuron in report.neurons)
    headers = (
        "name",
        *(("node",) if on_nodes else ()),
        "role",
        "uid",
        "state",
        "ready",
        "up",
        "balance",
        "stake",
        "problem",
    )
    show_table(headers, [_row(neuron, on_nodes=on_nodes) for neuron in report.neurons])
    show(supervisor_line(report))


def fleet_line(report: StatusReport) -> str:
    """Which fleet, on which subnet and chain, at which block."""
    kind = " (rehearsal)" if report.rehearsal else ""
    block = f"block {report.block}" if report.block is not None else "no answer"
    return f"{report.fleet}{kind}: subnet {report.netuid} on {report.network or 'its own chain'}, {block}"


def supervisor_line(report: StatusReport) -> str:
    """How the supervisor is, and how old its sample."""
    found = report.supervisor
    if found.problem is not None:
        return found.problem
    facts: list[str] = [found.state]
    if found.pid is not None:
        facts += [f"pid {found.pid}", f"up {duration_text(found.uptime_s)}"]
    if report.sample_age_s is not None:
        facts.append(f"asked the chain {short(report.sample_age_s)} ago")
    return f"supervisor: {', '.join(facts)}"


def _row(neuron: NeuronStatus, *, on_nodes: bool) -> list[Cell]:
    style = "red" if neuron.problem is not None else STYLES.get(neuron.state, "red")
    return [
        Cell(neuron.name, "bold"),
        *([Cell(neuron.node or "-")] if on_nodes else []),
        Cell(neuron.role),
        Cell(uid_text(neuron)),
        Cell(neuron.state, style),
        Cell({True: "yes", False: "no", None: "?"}[neuron.ready]),
        Cell(duration_text(neuron.uptime_s)),
        Cell(_short(neuron.balance_tao)),
        Cell(_short(neuron.stake_tao)),
        Cell(neuron.problem or "-", "red" if neuron.problem is not None else ""),
    ]


def uid_text(neuron: NeuronStatus) -> str:
    """The uid, with the profile's where that is another one."""
    uid = "-" if neuron.uid is None else str(neuron.uid)
    if neuron.expected_uid is None or neuron.expected_uid == neuron.uid:
        return uid
    return f"{uid} (expected {neuron.expected_uid})"


def duration_text(seconds: float | None) -> str:
    """A span in its two largest units: ``3m 20s``."""
    if seconds is None:
        return "-"
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    units = [(days, "d"), (hours, "h"), (minutes, "m"), (int(seconds), "s")]
    first = next((place for place, (count, _) in enumerate(units) if count), 3)
    return " ".join(f"{count}{unit}" for count, unit in units[first : first + 2])


def _short(amount_tao: str | None) -> str:
    """An amount with four decimals, rounded down; "?" where it is not known."""
    return "?" if amount_tao is None else amount_tao[:-5]
