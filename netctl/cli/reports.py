"""Reports and plans for people: which columns, which colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netctl.cli.output import Cell, say, show, show_table
from netctl.cli.plan_steps import step_lines
from netctl.cli.price_report import chart_lines, quote_lines
from netctl.cli.status_report import STYLES, uid_text
from netctl.money import Rao, tao_short, tao_text
from netctl.paying.bills import Bill
from netctl.plan import Plan, gathered, ranged
from netctl.standing import NeuronOutcome, Outcome
from netctl.status import StatusReport
from netctl.whereabouts import Place


def plan_lines(plan: Plan, *, with_chart: bool = False) -> list[str]:
    """The plan for people: steps by phase, who is held up, what is worth knowing, and the cost."""
    lines = list(_placement_lines(plan.placement))
    for phase in dict.fromkeys(step.phase for step in plan.steps):
        lines.append(f"{phase}:")
        lines += [f"  {line}" for line in step_lines([step for step in plan.steps if step.phase == phase])]
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


def _placement_lines(places: Sequence[Place]) -> Iterator[str]:
    """Who is on which node: ``nd1 (10.77.0.11): miner_1, miner_4``."""
    nodes: dict[str, list[Place]] = {}
    for place in places:
        nodes.setdefault(place.node, []).append(place)
    if nodes:
        yield "placement:"
    for node, there in sorted(nodes.items(), key=lambda item: (not item[0], item[0])):
        names = ranged([place.neuron for place in there])
        yield f"  {node} ({there[0].address}): {names}" if node else f"  any node of its role: {names}"


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
        Cell(status.state, STYLES.get(status.state, "red")),
        Cell(tao_short(result.costs_rao[neuron.name])),
        Cell(f"{where}{neuron.why}" if neuron.why else "-", "red" if neuron.why else ""),
    ]
