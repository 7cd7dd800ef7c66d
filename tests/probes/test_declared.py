"""What pack and profile declare becomes the probes of each neuron, or a fault with file, line and field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netctl import packs, profile, resolve
from netctl.errors import ProfileError
from netctl.fleet import Fleet
from netctl.probes.expand import watched_of
from netctl.probes.model import ProbeSpec, Watched, WrittenProbe, laid_over, needs_chain
from netctl.supervisor import orders

pytestmark = pytest.mark.fast
PACK = """\
pack: mine
title: Mine
roles:
  miner:
    program: [run]
    ready: {port: true, log: "starting at", axon_served: true}
    ready_within: 3m
    probes:
      - {name: step, kind: line, match: "Step:", within: "{{ 20 * fleet.time_scale }}s", action: restart}
      - {name: silent, kind: output, within: 10m}
  validator:
    program: [run]
"""
PROFILE = """\
name: trial
network: test
netuid: 428
neurons: {pack: ./mine}
defaults:
  ready_within: 2m
  probes:
    - {name: silent, within: 20m}
miners:
  - {name: "miner_{i}", count: 2, wallet: w, hotkey: "h{i}"}
  - name: special
    wallet: w9
    ready_within: 30s
    probes:
      - {name: step, drop: true}
      - {name: silent, kind: output, within: 5m, action: restart}
      - {name: page, kind: http, url: "http://127.0.0.1:{{ neuron.axon_port + 1 }}/", for: both}
validators:
  - {name: validator_1, wallet: w2}
"""


def a_fleet(place: Path, written: str = PROFILE, pack: str = PACK) -> Fleet:
    (place / "mine").mkdir()
    (place / "mine" / "pack.yaml").write_text(pack)
    path = place / "trial.yaml"
    path.write_text(written)
    loaded = profile.load(path)
    return resolve.resolve(loaded, profile_path=path, state_home=place / ".netctl", python=Path("/usr/bin/python3"))


def watched(fleet: Fleet) -> dict[str, Watched]:
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    return {one.name: one for one in watched_of(fleet, pack, {"miner_1": "5F"})}


def probes(one: Watched) -> dict[str, ProbeSpec]:
    return {probe.name: probe for probe in one.probes}


def test_ready_is_short_for_three_probes_in_the_order_in_which_they_come_true(tmp_path: Path) -> None:
    found = watched(a_fleet(tmp_path))["miner_1"].probes[:3]
    assert [(p.name, p.kind, p.readiness, p.liveness) for p in found] == [
        ("port", "port", True, False),
        ("log", "line", True, False),
        ("axon_served", "axon_served", True, False),
    ]
    assert (found[0].port, found[1].match) == (8091, "starting at")


def test_a_profile_changes_the_packs_probes_by_name_and_adds_its_own(tmp_path: Path) -> None:
    found = watched(a_fleet(tmp_path))
    usual, special, validator = (probes(found[name]) for name in ("miner_1", "special", "validator_1"))
    assert list(usual) == ["port", "log", "axon_served", "step", "silent"]
    assert (usual["step"].within_s, usual["step"].action, usual["step"].stream) == (20.0, "restart", "stdout")
    assert (usual["silent"].within_s, usual["silent"].action) == (1200.0, "flag")
    assert list(special) == ["port", "log", "axon_served", "silent", "page"]
    assert (special["silent"].within_s, special["silent"].action) == (300.0, "restart")
    assert (special["page"].url, special["page"].readiness) == ("http://127.0.0.1:8094/", True)
    assert validator == {}, "the defaults change what the miners have, and give the validators nothing"


def test_how_long_a_neuron_may_take_is_its_own_word_then_the_defaults_then_the_packs(tmp_path: Path) -> None:
    found = watched(a_fleet(tmp_path))
    assert {name: one.ready_within_s for name, one in found.items()} == {
        "miner_1": 120.0,
        "miner_2": 120.0,
        "special": 30.0,
        "validator_1": 120.0,
    }
    (tmp_path / "other").mkdir()
    bare = PROFILE.replace("  ready_within: 2m\n", "")
    assert watched(a_fleet(tmp_path / "other", bare))["miner_1"].ready_within_s == 180.0


def test_another_kind_under_the_same_name_is_another_probe() -> None:
    below = WrittenProbe("a", "line", "both", match="x", action="restart")
    assert laid_over([below], [WrittenProbe("a", "port")]) == (WrittenProbe("a", "port"),)
    assert laid_over([below], [WrittenProbe("a", action="flag")]) == (replace(below, action="flag"),)
    assert laid_over([below], [WrittenProbe("a", drop=True)], [WrittenProbe("a", "port")]) == (
        WrittenProbe("a", "port"),
    )


def test_the_number_of_a_neuron_is_filled_into_its_probes(tmp_path: Path) -> None:
    written = PROFILE.replace(
        "    - {name: silent, within: 20m}\n", '    - {name: own, kind: exec, argv: [check, "miner_{i}"]}\n'
    ).replace("{name: validator_1, wallet: w2}", "{name: validator_1, wallet: w2}")
    found = watched(a_fleet(tmp_path, written))
    assert probes(found["miner_2"])["own"].argv == ("check", "miner_2")


@pytest.mark.parametrize(
    ("before", "after", "file", "line", "field", "message", "hint"),
    [
        (
            "{name: silent, within: 20m}",
            "{name: silnt, within: 20m}",
            "trial.yaml",
            8,
            "defaults.probes[0].name",
            "no probe 'silnt' to change, and no kind: for a new one",
            "did you mean silent?",
        ),
        (
            "{name: silent, within: 20m}",
            "{name: silent, within: 3tempos}",
            "trial.yaml",
            8,
            "defaults.probes[0].within",
            "blocks and tempos are counted by last_update alone",
            "write a duration: 10m",
        ),
        (
            "neuron.axon_port + 1",
            "neuron.axon_prt",
            "trial.yaml",
            17,
            "miners[1].probes[2].url",
            "'dict object' has no attribute 'axon_prt'",
            "docs/packs.md lists the names that a template may use",
        ),
        (
            "{{ neuron.axon_port + 1 }}",
            "{{ neuron.axon_port + 'x' }}",
            "trial.yaml",
            17,
            "miners[1].probes[2].url",
            "cannot be worked out",
            "mend the expression",
        ),
        (
            "20 * fleet.time_scale }}s",
            "20 * fleet.time_scale }}",
            "pack.yaml",
            9,
            "roles.miner.probes[0].within",
            "'20.0' is not a duration",
            "let the template give a duration with its unit: 30s",
        ),
    ],
)
def test_what_only_pack_and_profile_together_show_is_told_where_it_is_written(
    tmp_path: Path, before: str, after: str, file: str, line: int, field: str, message: str, hint: str
) -> None:
    assert (before in PROFILE) is not (before in PACK)
    fleet = a_fleet(tmp_path, PROFILE.replace(before, after), PACK.replace(before, after))
    with pytest.raises(ProfileError) as caught:
        watched(fleet)
    told = {(fault.file.name, fault.line, fault.field): fault for fault in caught.value.faults}
    assert message in told[file, line, field].message
    assert told[file, line, field].hint == hint


def test_every_fault_is_told_at_once_and_once(tmp_path: Path) -> None:
    written = PROFILE.replace("within: 20m}", "within: 3tempos}\n    - {name: nothing}")
    with pytest.raises(ProfileError) as caught:
        watched(a_fleet(tmp_path, written))
    places = [(fault.line, fault.field) for fault in caught.value.faults]
    assert places == [(8, "defaults.probes[0].within"), (9, "defaults.probes[1].name")]


@pytest.mark.parametrize("pack", packs.pack_names())
def test_what_the_supervisor_gets_travels_as_json(tmp_path: Path, pack: str) -> None:
    written = PROFILE.replace("{pack: ./mine}", f"{{pack: {pack}, path: .}}")
    written = written.replace("{name: silent, within: 20m}", "{name: alive, kind: output, within: 20m}")
    written = written.replace("{name: silent, kind: output", "{name: mute, kind: last_update")
    fleet = a_fleet(tmp_path, written.replace("within: 5m, action", "within: 2tempos, action"))
    found = tuple(watched(fleet).values())
    assert needs_chain(found)
    assert msgspec.json.decode(msgspec.json.encode(found), type=tuple[Watched, ...]) == found
    path = tmp_path / "orders.json"
    path.write_bytes(orders.encoded(fleet))
    read: Any = orders.read(path)
    assert [neuron.probes for neuron in read.neurons] == [neuron.probes for neuron in fleet.neurons]
    assert tuple(watched_of(read, packs.load(pack), {"miner_1": "5F"})) == found


def test_a_command_gets_a_small_environment_without_any_secret(tmp_path: Path) -> None:
    one = watched(a_fleet(tmp_path))["miner_1"]
    assert [name for name, _ in one.environ] == ["HOME", "LANG", "PATH"]
