"""Validators that copy another's weights, or set none."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.agreement.copying import Following
from netctl.durations import short
from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, pointed, times
from netctl.report.told import Evidence, Unknown

FAILED = ("validator", "weights_failed")


def of_validators(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """Copiers, those without weights, those whose weights were refused."""
    if not isinstance(facts.agreement, Unknown):
        for each in facts.agreement.followings:
            if each.verdict in ("copies", "follows"):
                yield _copier(facts, recorded, each)
    for name in facts.validators:
        member = facts.kept.run.member(name)
        held = recorded.held.get((member and member.hotkey_ss58) or "")
        if held is None and recorded.held:
            yield Problem("sets no weights", name, "It had no uid in what was seen of the chain.", next="netctl stake")
        elif held is not None and held.updates == 0:
            told = "The chain has not shown a change of its weights in the whole run."
            yield Problem("sets no weights", name, told, sure=False, next=f"netctl why {name}")
    for telling in recorded.tellings.get(FAILED, ()):
        yield Problem(
            "weights refused",
            telling.neuron,
            f"The chain refused its weights {times(telling.count, 'time')}.",
            pointed(facts, recorded, FAILED, [telling]),
        )


def _copier(facts: Facts, recorded: Recorded, each: Following) -> Problem:
    rows = list(_weights(facts, recorded, each.validator))
    own = "its own verdicts do not explain them" if each.from_own is not None else "it has judged nobody itself"
    later = "" if each.lag_s is None else f", {short(each.lag_s * facts.scale)} of the subnet's time later"
    sure = each.verdict == "copies"
    hedge = "" if sure else " Its log is not here, so whether it came to them by itself cannot be told."
    return Problem(
        "copies weights",
        each.validator,
        f"{each.alike} of its {times(each.rows, 'row')} of weights on the chain are those of {each.source}{later}, and"
        f" {own}.{hedge}",
        tuple(
            Evidence("its weights, as the chain has shown them", each.validator, at, block) for at, block in rows[-1:]
        ),
        sure=sure,
    )


def _weights(facts: Facts, recorded: Recorded, validator: str) -> Iterator[tuple[float, int | None]]:
    if isinstance(facts.agreement, Unknown):
        return
    for each in facts.agreement.shown:
        if each.row.validator == validator:
            yield each.row.time, recorded.time.block_at(each.row.time)
