"""Everything that went wrong in a run."""

from __future__ import annotations

from netctl.report.facts import Facts
from netctl.report.problems.of_answers import of_answers
from netctl.report.problems.of_api import of_api
from netctl.report.problems.of_data import of_data
from netctl.report.problems.of_lives import of_lives
from netctl.report.problems.of_uploads import of_uploads
from netctl.report.problems.of_validators import of_validators
from netctl.report.problems.problem import Problem
from netctl.report.told import Unknown

FINDERS = (of_data, of_uploads, of_answers, of_validators, of_api, of_lives)


def problems_of(facts: Facts) -> tuple[Problem, ...] | Unknown:
    """What the finders find, each in its order; sure ones before those that are only likely."""
    recorded = facts.recorded
    if isinstance(recorded, Unknown):
        return recorded
    found = [problem for finder in FINDERS for problem in finder(facts, recorded)]
    return tuple(sorted(found, key=lambda problem: not problem.sure))
