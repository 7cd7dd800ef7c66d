"""What is rendered of a neuron that runs on another machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from netctl import packs
from netctl.fleet import Fleet
from netctl.placement import NODE_ADDRESS
from netctl.placing import moved
from netctl.render import session
from netctl.render.difference import diff_text, shown
from netctl.render.fleet import render_fleet
from netctl.render.neuron import Rendered
from netctl.render.placed import SECRETS, START, python_words
from netctl.resolve import on_endpoint
from tests.placing.conftest import HEAD, VALIDATORS, FleetOf

pytestmark = pytest.mark.fast

KEY = "k3y-of-the-operator"
MINER = "miners:\n  - name: miner_1\n    node: nd1\n    env: {RAPIDAPI_KEY: $RAPIDAPI_KEY, PLAIN: seen}\n"
OPERATOR = {"RAPIDAPI_KEY": KEY}


def rendered(fleet: Fleet, name: str = "miner_1", operator: dict[str, str] = OPERATOR) -> Rendered:
    fleet = on_endpoint(fleet, "ws://127.0.0.1:9944") if fleet.rehearsal else fleet
    found = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), operator)
    one = found.of(name)
    assert one is not None, found.blocked
    return one


def content(one: Rendered, name: str) -> bytes:
    return next(file.content for file in one.files if file.path.name == name)


def test_secrets_stand_in_one_file_alone_which_goes_to_the_node(fleet_of: FleetOf) -> None:
    fleet = fleet_of(MINER)
    one = rendered(fleet)
    placement = one.session.placement
    assert placement is not None
    home = fleet.state / "files" / "miner_1"
    assert {home / "launch.sh", home / START, home / SECRETS} <= set(placement.files)
    assert json.loads(content(one, SECRETS)) == {"RAPIDAPI_KEY": KEY}
    sent = [file for file in one.files if file.path in placement.files]
    assert [file.path.name for file in sent if KEY.encode() in file.content] == [SECRETS]
    assert re.search(rf"python\S* {re.escape(str(home / START))} -m netctl", content(one, "launch.sh").decode())
    assert "export PLAIN=seen" in content(one, "launch.sh").decode()
    assert KEY not in repr(one) + str(one.session)
    assert one.environ["RAPIDAPI_KEY"] == KEY


def test_a_neuron_without_secrets_is_started_as_it_is(fleet_of: FleetOf) -> None:
    one = rendered(fleet_of("miners:\n  - {name: miner_1}\n"))
    assert {file.path.name for file in one.files} & {START, SECRETS} == set()


def test_nothing_of_it_is_rendered_on_one_machine(fleet_of: FleetOf) -> None:
    one = rendered(fleet_of(MINER.replace("    node: nd1\n", ""), head=HEAD.replace("host: swarm\n", "")))
    assert one.session.placement is None
    assert "export RAPIDAPI_KEY=" in content(one, "launch.sh").decode()
    assert dict(one.session.labels).keys() == {"environment"}


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("/py", "a.py", "--x"), (("/py",), ("a.py", "--x"))),
        (("/py", "-u", "-X", "dev", "-Wd", "a.py"), (("/py", "-u", "-X", "dev", "-Wd"), ("a.py",))),
        (("/py", "-m", "a.b", "-c"), (("/py",), ("-m", "a.b", "-c"))),
        (("/py", "-c", "print()"), None),
        (("/py", "-uc", "print()"), None),
        (("/py", "-um", "a.b"), None),
        (("/py", "-"), None),
        (("/py", "-m"), None),
        (("/py",), None),
        (("/bin/sh", "a.py"), None),
        ((), None),
    ],
    ids=str,
)
def test_which_command_lines_are_python_programs(
    argv: tuple[str, ...], expected: tuple[tuple[str, ...], tuple[str, ...]] | None
) -> None:
    assert python_words(argv, Path("/py")) == expected


def test_a_program_that_is_none_of_python_keeps_its_variables_and_it_is_said(fleet_of: FleetOf, tmp_path: Path) -> None:
    pack = tmp_path / "shells"
    pack.mkdir()
    (pack / "pack.yaml").write_text(
        "pack: shells\ntitle: Trial\nroles:\n  miner: {program: [/bin/sh, run.sh]}\n", encoding="utf-8"
    )
    fleet = fleet_of(f"rehearsal: {{neurons: {{pack: ./shells}}}}\n{MINER}")
    one = rendered(fleet)
    assert f"export RAPIDAPI_KEY={KEY}" in content(one, "launch.sh").decode()
    notes = render_fleet(fleet, packs.load(fleet.code.pack, tmp_path), OPERATOR).notes
    assert [note for note in notes if "RAPIDAPI_KEY" in note] == [
        "miner_1: its program is no Python program, so that RAPIDAPI_KEY can be read on its node in /proc/PID/environ"
    ]


def test_the_chain_of_this_machine_is_reached_at_its_address(fleet_of: FleetOf) -> None:
    fleet = fleet_of(MINER)
    assert b"ws://10.77.0.1:9944" in content(rendered(fleet), "launch.sh")
    local = fleet_of(MINER, rehearse=False, network="ws://localhost:9955/x?y=1")
    assert b"ws://10.77.0.1:9955/x?y=1" in content(rendered(local), "launch.sh")
    far = fleet_of(MINER, rehearse=False, network="wss://node.example:443")
    assert b"wss://node.example:443" in content(rendered(far), "launch.sh")


def test_a_six_is_bracketed(fleet_of: FleetOf) -> None:
    fleet = fleet_of(MINER, head=HEAD.replace("here: 10.77.0.1", 'here: "fd00::1"'))
    assert b"ws://[fd00::1]:9944" in content(rendered(fleet), "launch.sh")


def test_files_of_the_profile_are_sent_and_linked_into_the_working_directory(fleet_of: FleetOf, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    fleet = fleet_of(f"{MINER}    files: {{a/b.json: mine.json}}\n")
    placement = rendered(fleet).session.placement
    assert placement is not None
    copy = fleet.state / "files" / "miner_1" / "copies" / "a" / "b.json"
    assert placement.links == ((fleet.state / "work" / "miner_1" / "a" / "b.json", copy),)
    assert copy in placement.files


def test_seeds_are_sent_and_copied_there_and_not_written_here(fleet_of: FleetOf, tmp_path: Path) -> None:
    pack = tmp_path / "seedy"
    pack.mkdir()
    (pack / "seed.db").write_bytes(b"rows")
    seeds = "[{root: pack, source: seed.db, path: d/s.db}]"
    spec = f"pack: seedy\ntitle: Trial\nroles:\n  miner: {{program: [x], seeds: {seeds}}}\n"
    (pack / "pack.yaml").write_text(spec, encoding="utf-8")
    fleet = fleet_of("rehearsal: {neurons: {pack: ./seedy}}\nminers:\n  - {name: miner_1}\n")
    one = rendered(fleet)
    placement = one.session.placement
    assert placement is not None
    ((source, target),) = placement.seeds
    assert one.seeds == ()
    assert target == fleet.state / "work" / "miner_1" / "d" / "s.db"
    assert source in placement.files
    assert content(one, "s.db") == b"rows"


def test_the_placement_is_what_the_profile_says(fleet_of: FleetOf) -> None:
    text = MINER + "    wallet: w\n    hotkey: h\n    restart: {when: always, backoff: 5s}\n    resources: {cpus: 2}\n"
    fleet = fleet_of(text)
    placement = rendered(fleet).session.placement
    assert placement is not None
    assert (placement.node, placement.failover, placement.addresses) == ("nd1", "off", (("nd1", "10.77.0.11"),))
    assert placement.hotkey_file == fleet.wallet_path / "w" / "hotkeys" / "h"
    assert placement.coldkeypub_file == fleet.wallet_path / "w" / "coldkeypub.txt"
    assert (placement.ports, placement.resources.cpus, placement.cache) == ((8091,), 2.0, fleet.state / "cache")
    assert (placement.restart, placement.delay_s, placement.grace_s) == ("always", 5.0, 5.0)
    assert fleet.state / "work" / "miner_1" in placement.directories
    assert str(Path(sys.executable).parent.parent) in placement.mounts
    assert {file.path.name for file in rendered(fleet).files} >= {"session.json"}
    assert not any(path.suffix in (".env", ".txt") or path.name == "session.json" for path in placement.files)


def test_one_that_the_engine_places_is_told_every_address(fleet_of: FleetOf) -> None:
    head = HEAD.replace("first_port: 9000", "roles: [miner]")
    fleet = fleet_of("miners:\n  - {name: miner_1}\nvalidators:\n  - {name: validator_1, failover: auto}\n", head=head)
    one = rendered(fleet, "validator_1")
    placement = one.session.placement
    assert placement is not None
    assert placement.addresses == (("nd1", "10.77.0.11"), ("nd3", "10.77.0.13"))
    assert NODE_ADDRESS.encode() in content(one, "launch.sh")


def test_its_specification_is_read_back_from_disk(fleet_of: FleetOf, tmp_path: Path) -> None:
    one = rendered(fleet_of(MINER))
    path = tmp_path / "session.json"
    path.write_bytes(content(one, "session.json"))
    assert session.read(path) == one.session


def test_what_changes_it_makes_another_session_of_it(fleet_of: FleetOf) -> None:
    text = MINER + VALIDATORS
    image = HEAD.replace("  here:", f"  image: sha256:{'b' * 64}\n  here:")
    heads = [HEAD, image, image.replace("b" * 64, "c" * 64), HEAD.replace("  nodes:", "  mounts: [/opt/x]\n  nodes:")]
    texts = [
        f"{text}defaults: {{{more}}}\n" for more in ("resources: {memory: 4GB}", "restart: never", "first_port: 9500")
    ]
    fleets = [fleet_of(text, head=head) for head in heads] + [fleet_of(one) for one in texts]
    hashes = [rendered(fleet).session.spec_hash for fleet in fleets]
    hashes.append(rendered(moved(fleet_of(text), "miner_1", "nd2")).session.spec_hash)
    hashes.append(rendered(fleet_of(text), operator={"RAPIDAPI_KEY": "another"}).session.spec_hash)
    assert len(set(hashes)) == len(hashes)
    renamed = HEAD.replace("nd3", "nd4").replace("10.77.0.13", "10.77.0.14")
    assert rendered(fleet_of(text, head=renamed)).session.spec_hash == hashes[0]


def test_a_diff_and_a_render_show_no_secret(fleet_of: FleetOf) -> None:
    fleet = fleet_of(MINER)
    one, short = rendered(fleet), rendered(fleet, operator={"RAPIDAPI_KEY": "abc"})
    for text in (shown(one, fleet.state), shown(short, fleet.state), diff_text([one], fleet.state)):
        assert KEY not in text
        assert '"abc"' not in text
        assert '"RAPIDAPI_KEY": "********"' in text
    gone = replace(one, files=tuple(f for f in short.files), secrets=frozenset())
    for file in one.files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(file.content)
    assert KEY not in diff_text([gone], fleet.state)


def test_two_axons_at_one_port_of_two_nodes_do_not_meet(fleet_of: FleetOf) -> None:
    text = "miners:\n  - {name: miner_1, node: nd1, port: 8500}\n  - {name: miner_2, node: nd2, port: 8500}\n"
    fleet = fleet_of(text)
    assert rendered(fleet, "miner_2").claims.ports
    clash = moved(fleet, "miner_2", "nd1")
    found = render_fleet(clash, packs.load(clash.code.pack, clash.profile_path.parent), OPERATOR)
    assert [why.why for why in found.blocked] == [
        "port nd1:8500 is also miner_2's",
        "port nd1:8500 is also miner_1's",
    ]


def test_a_port_that_one_needs_on_any_node_meets_that_of_each_node(fleet_of: FleetOf) -> None:
    fleet = fleet_of("miners:\n  - {name: miner_1, failover: auto, port: 8500}\n  - {name: miner_2, node: nd2}\n")
    same = replace(fleet, neurons=tuple(replace(n, axon_port=8500) for n in fleet.neurons))
    found = render_fleet(same, packs.load(same.code.pack, same.profile_path.parent), OPERATOR)
    assert "port nd2:8500 is also miner_1's" in {why.why for why in found.blocked}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_what_is_rendered_starts_the_program_with_its_secret(fleet_of: FleetOf, tmp_path: Path) -> None:
    """The launcher itself, as a node runs it."""
    pack = tmp_path / "telling"
    pack.mkdir()
    (pack / "tell.py").write_text(
        "import os\nprint(os.environ['RAPIDAPI_KEY'], 'RAPIDAPI_KEY' in open('/proc/self/environ').read())\n"
    )
    spec = f'pack: telling\ntitle: Trial\nroles:\n  miner: {{program: ["{{{{ code.python }}}}", -S, {pack}/tell.py]}}\n'
    (pack / "pack.yaml").write_text(spec, encoding="utf-8")
    fleet = fleet_of(f"rehearsal: {{neurons: {{pack: ./telling}}}}\n{MINER}")
    one = rendered(fleet)
    for directory in one.directories:
        directory.mkdir(parents=True, exist_ok=True)
    for file in one.files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(file.content)
    launch = fleet.state / "files" / "miner_1" / "launch.sh"
    environ = {"PATH": os.environ["PATH"]}
    ended = subprocess.run(["/bin/sh", str(launch)], env=environ, timeout=30, check=False, capture_output=True)
    log = (fleet.state / "logs" / "miner_1.log").read_text()
    assert (ended.returncode, log) == (0, f"{KEY} False\n"), (fleet.state / "logs" / "miner_1.err.log").read_text()
