"""A pack is data: what is wrong with it is told with file, line and field, all at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netctl import packs
from netctl.errors import PrerequisiteError, ProfileError

pytestmark = pytest.mark.fast

GOOD = """\
pack: mine
title: Mine
roles:
  miner:
    program: ["{{ code.python }}", run.py]
    files:
      - {path: a.json, template: a.json.j2}
"""


def written(tmp_path: Path, text: str, template: str = "{}") -> str:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "pack.yaml").write_text(text)
    (root / "a.json.j2").write_text(template)
    return str(root)


def test_shipped_packs_are_found_by_name_and_load() -> None:
    assert packs.pack_names() == ("rehearsal", "resi")
    for name in packs.pack_names():
        assert packs.load(name).name == name


def test_a_pack_beside_the_profile_is_found_by_its_path(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    assert packs.load("./mine", tmp_path).role("miner").program[1] == "run.py"


def test_an_unknown_pack_is_named_with_the_likely_one() -> None:
    with pytest.raises(PrerequisiteError, match="pack resl: not found") as caught:
        packs.load("resl")
    assert caught.value.hint == "did you mean resi?"


def test_a_role_that_the_pack_does_not_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="pack mine runs no validator"):
        packs.load(written(tmp_path, GOOD)).role("validator")


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "message"),
    [
        ("title: Mine", "titel: Mine", 2, "titel", "extra"),
        ("roles:", "ignored: [{why: so}]\nroles:", 3, "ignored[0]", "expected either option or variable"),
        (
            "roles:",
            "ignored: [{option: --a, variable: A, why: so}]\nroles:",
            3,
            "ignored[0]",
            "either option or variable",
        ),
        ("title: Mine", "title: Mine\ntitle: Again", 3, "title", "given twice"),
        ("program: [", "programme: [", 5, "roles.miner.programme", "extra"),
        ("run.py", '"run {{ x"', 5, "roles.miner.program[1]", "not a template"),
        ("template: a.json.j2", "template: b.json.j2", 7, "roles.miner.files[0]", "b.json.j2 is not in the pack"),
        ("path: a.json,", "path: ../a.json,", 7, "roles.miner.files[0].path", "below its root"),
        ("path: a.json,", "path: /a.json,", 7, "roles.miner.files[0].path", "below its root"),
        ("    files:", "    ready: {log: '['}\n    files:", 6, "roles.miner.ready.log", "not a regular expression"),
        ("    files:", "    stop: {signal: KILL}\n    files:", 6, "roles.miner.stop.signal", "input should be"),
        (
            "    files:",
            '    options: {netuid: "1"}\n    files:',
            6,
            "roles.miner.options.netuid",
            "string should match",
        ),
        (
            "    files:",
            "    probes: [{name: a, kind: lin, match: x}]\n    files:",
            6,
            "roles.miner.probes[0].kind",
            "input should be",
        ),
        ("    files:", "    probes: [{name: a}]\n    files:", 6, "roles.miner.probes[0].kind", "is missing"),
        (
            "    files:",
            "    probes: [{name: a, kind: line, match: '['}]\n    files:",
            6,
            "roles.miner.probes[0].match",
            "not a regular expression",
        ),
        (
            "    files:",
            "    probes: [{name: a, kind: output}]\n    files:",
            6,
            "roles.miner.probes[0]",
            "a probe of kind output needs within:",
        ),
        (
            "    files:",
            "    probes: [{name: a, kind: output, within: 5}]\n    files:",
            6,
            "roles.miner.probes[0].within",
            "expected a duration",
        ),
        (
            "    files:",
            "    ready: {port: true}\n    probes:\n      - {name: port, kind: port}\n    files:",
            8,
            "roles.miner.probes[0].name",
            "port is a probe of ready: too",
        ),
        ("    files:", "    ready_within: 60\n    files:", 6, "roles.miner.ready_within", "expected a duration"),
        ("pack: mine", "pack: yours", 1, "pack", "yours lies in mine/"),
    ],
)
def test_a_fault_is_told_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, field: str, message: str
) -> None:
    assert before in GOOD
    with pytest.raises(ProfileError) as caught:
        packs.load(written(tmp_path, GOOD.replace(before, after)))
    faults = {(fault.line, fault.field): fault.message for fault in caught.value.faults}
    assert message in faults[line, field].lower()


def test_a_broken_template_is_told_with_its_own_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        packs.load(written(tmp_path, GOOD, "{\n{% if %}\n}"))
    assert [(fault.file.name, fault.line) for fault in caught.value.faults] == [("a.json.j2", 2)]


@pytest.mark.parametrize("changed", ["pack.yaml", "a.json.j2", "new.txt"])
def test_a_pack_is_checked_once_and_again_when_any_of_its_files_says_something_else(
    tmp_path: Path, changed: str
) -> None:
    name = written(tmp_path, GOOD)
    first = packs.load(name)
    assert packs.load(name) is first
    path = tmp_path / "mine" / changed
    before = path.stat() if path.exists() else None
    path.write_text(GOOD.replace("Mine", "Yore") if changed == "pack.yaml" else "[]")
    if before is not None:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same size and time: what it says counts
    again = packs.load(name)
    assert (again.spec.title, dict(again.texts)) != (first.spec.title, dict(first.texts))


def test_a_mistake_in_a_pack_that_was_well_is_told_every_time_until_it_is_mended(tmp_path: Path) -> None:
    name = written(tmp_path, GOOD)
    first = packs.load(name)
    (tmp_path / "mine" / "a.json.j2").write_text("{% if %}")
    for _ in range(2):
        with pytest.raises(ProfileError):
            packs.load(name)
    (tmp_path / "mine" / "a.json.j2").write_text("{}")
    assert packs.load(name) == first


def test_who_shares_a_pack_cannot_change_it(tmp_path: Path) -> None:
    pack = packs.load(written(tmp_path, GOOD))
    with pytest.raises(TypeError):
        pack.texts["a.json.j2"] = "[]"  # type: ignore[index]
