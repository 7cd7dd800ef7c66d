"""Verdicts as JUnit has them, for what shows tests' results: a suite for each group, a case for each criterion."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from netctl.judge.verdicts import Judgement, Verdict


def junit(judgement: Judgement) -> str:
    """The document: what is false is a failure, what is not decided is skipped."""
    fleet, verdicts = judgement.fleet, judgement.verdicts
    root = Element("testsuites", {"name": fleet, **_counts(verdicts)})
    for group, members in groupby(verdicts, key=lambda verdict: verdict.criterion.group):
        each = list(members)
        suite = SubElement(root, "testsuite", {"name": group, "errors": "0", **_counts(each)})
        for verdict in each:
            _case(suite, fleet, verdict)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, fleet: str, verdict: Verdict) -> None:
    criterion = verdict.criterion
    case = SubElement(suite, "testcase", classname=f"{fleet}.{criterion.group}", name=criterion.name, time="0")
    told = f"{criterion.metric} is {verdict.text}, wanted {criterion.target.text}"
    why = "" if verdict.why is None else _printable(verdict.why)
    if verdict.ok is False:
        SubElement(case, "failure", message=told, type=criterion.metric).text = why
    elif verdict.ok is None:
        SubElement(case, "skipped", message=f"not decided: {why or told}")
    lines = [
        told,
        *([criterion.says] if criterion.says else []),
        *(_printable(e.what) for e in verdict.measured.evidence),
    ]
    SubElement(case, "system-out").text = "\n".join(lines)


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    failures = sum(verdict.ok is False for verdict in verdicts)
    skipped = sum(verdict.ok is None for verdict in verdicts)
    return {"tests": str(len(verdicts)), "failures": str(failures), "skipped": str(skipped)}


def _printable(text: str) -> str:
    """Without what XML cannot hold: what neurons log may have any character."""
    return "".join(c for c in text if c.isprintable() and c not in "\ufffe\uffff")
