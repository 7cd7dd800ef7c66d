"""Reports and plans for people: which columns, which colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netctl.cli.output import Cell, say, show, show_table
from netctl.cli.price_report import chart_lines, quote_lines
from netctl.money import Rao, tao_short, tao_text
from netctl.paying.bills import Bill
from netctl.plan import Plan, PlannedStep, gathered
from netctl.standing import NeuronOutcome, Outcome
from netctl.status import NeuronStatus, StatusReport

_STYLES = {"running": "green", "starting": "yellow", "backoff": "yellow", "stopped": "dim"}


def show_status(report: StatusReport) -> None:
    """The fleet's line, then one line for each neuron."""
    kind = " (rehearsal)" if report.rehearsal else ""
    block = f"block {report.block}" if report.block is not None else "no answer"
    show(f"{report.fleet}{kind}: subnet {report.netuid} on {report.network or 'its own chain'}, {block}")
    headers = ("name", "role", "uid", "state", "ready", "up", "balance", "stake", "problem")
    show_table(headers, [_row(neuron) for neuron in report.neurons])


def _row(neuron: NeuronStatus) -> list[Cell]:
    style = "red" if neuron.problem is not None else _STYLES.get(neuron.state, "red")
    return [
        Cell(neuron.name, "bold"),
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


def plan_lines(plan: Plan, *, with_chart: bool = False) -> list[str]:
    """The plan for people: steps by phase, who is held up, what is worth knowing, and the cost."""
    lines: list[str] = []
    for phase in dict.fromkeys(step.phase for step in plan.steps):
        lines.append(f"{phase}:")
        lines += [f"  {_step_text(step)}" for step in plan.steps if step.phase == phase]
    held = [
        f"{item.neuron or 'the fleet'}: {item.why}{f' ({item.hint})' if item.hint else ''}" for item in plan.blocked
    ]
    lines += [f"blocked: {text}" for text in gathered(held)]
    lines += [f"note: {note}" for note in gathered(plan.notes)]
    if plan.quote is not None:
        lines += [*quote_lines(plan.quote), *(chart_lines(plan.quote) if with_chart else [])]
    if plan.is_empty:
        return [*lines, "nothing to do"]
    count = len(plan.steps)
    return [*lines, f"{count} step{'' if count == 1 else 's'}, at most {tao_short(plan.cost_rao)} TAO"]


def _step_text(step: PlannedStep) -> str:
    cost = f" [{tao_short(step.cost_rao)} TAO]" if step.cost_rao is not None else ""
    waits = f" (after {step.waits_on})" if step.waits_on is not None else ""
    return f"{step.neuron or 'fleet'}: {step.summary}{cost}{waits}"


def show_plan(plan: Plan) -> None:
    """The plan on stdout, with a chart of what registration costs over time."""
    for line in plan_lines(plan, with_chart=True):
        show(line)


def tell_plan(plan: Plan) -> None:
    """The plan on stderr, before a question."""
    for line in plan_lines(plan):
        say(line)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did, how the fleet stands after it, what it cost each neuron, and what must be paid elsewhere."""

    outcome: Outcome
    report: StatusReport
    costs_rao: Mapping[str, Rao]
    bills: tuple[Bill, ...] = ()

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        outcome = self.outcome
        return {
            "fleet": outcome.fleet.name,
            "netuid": outcome.fleet.netuid,
            "ok": outcome.ok,
            "spent_tao": tao_text(outcome.spent_rao),
            "steps": [step.document() for step in outcome.done],
            "neurons": [
                {
                    "name": neuron.name,
                    "ending": neuron.ending,
                    "phase": neuron.phase,
                    "cost_tao": tao_text(self.costs_rao[neuron.name]),
                    "problem": neuron.why or None,
                }
                for neuron in outcome.neurons
            ],
            "notes": gathered(outcome.notes),
        }


def show_result(result: Result) -> None:
    """One line for each neuron: its uid, its state, what it cost, and what stopped it."""
    for note in gathered(result.outcome.notes):
        say(f"note: {note}")
    show_table(("name", "uid", "state", "cost", "problem"), [_result_row(n, result) for n in result.outcome.neurons])
    if result.outcome.ok and not result.outcome.done:
        say("nothing was to be done")


def _result_row(neuron: NeuronOutcome, result: Result) -> list[Cell]:
    status = next(status for status in result.report.neurons if status.name == neuron.name)
    where = f"{neuron.phase}: " if neuron.phase is not None else ""
    return [
        Cell(neuron.name, "bold"),
        Cell(uid_text(status)),
        Cell(status.state, _STYLES.get(status.state, "red")),
        Cell(tao_short(result.costs_rao[neuron.name])),
        Cell(f"{where}{neuron.why}" if neuron.why else "-", "red" if neuron.why else ""),
    ]
