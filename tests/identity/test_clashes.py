"""Two processes with one identity: in the fleet, in another fleet, started by hand; refused, and reported."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import msgspec
import pytest

from netctl.identity.claims import Claims
from netctl.identity.clashes import find_clashes
from netctl.identity.rivals import rivals
from netctl.phases import sessions
from netctl.ports import Holder, ProcessFacts, Use
from tests.identity.conftest import LISTEN, WAIT, Start
from tests.identity.scene import Scene
from tests.sessions.conftest import wait_until

WALLET = "testnet_miner_2"


def words(scene: Scene, number: int = 1) -> list[str]:
    """The command line of a miner, as somebody would type it."""
    name = f"{scene.fleet.name}_{number}"
    return ["--wallet.path", str(scene.fleet.wallet_path), "--wallet.name", WALLET, "--wallet.hotkey", name]


async def refusals(scene: Scene) -> dict[str, list[str]]:
    """Why neurons are not started, by neuron."""
    found: dict[str, list[str]] = {}
    for why in (await scene.diff(sessions)).blocked:
        found.setdefault(why.neuron or "", []).append(why.why)
    return found


async def test_a_fleet_that_runs_does_not_clash_with_itself(scene: Scene) -> None:
    await scene.up()
    assert (await scene.seen()).clashes == {}
    assert await scene.settle() == []


async def test_a_process_by_hand_on_a_hotkey_is_refused_and_reported_with_its_words(
    scene: Scene, by_hand: Start
) -> None:
    other = by_hand(*words(scene), "--api_key", "s3cr3t-of-somebody")
    whys = await refusals(scene)
    assert list(whys) == ["miner_1"]
    assert f"hotkey {WALLET}/state_1 is in use by pid {other.pid}" in whys["miner_1"][0]
    status = await scene.status()
    assert status.problem is not None
    assert status.problem.startswith(f"no session; hotkey {WALLET}/state_1 is in use by pid {other.pid}")
    (clash,) = status.clashes
    assert (clash.pid, clash.what, clash.fleet, clash.session) == (other.pid, "hotkey", None, None)
    assert clash.argv[-8:] == (*words(scene), "--api_key", "********")


async def test_a_hotkey_behind_a_symlink_is_the_same_hotkey(scene: Scene, by_hand: Start, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere"
    link.symlink_to(scene.fleet.wallet_path)
    by_hand("--wallet.path", "elsewhere", *words(scene)[2:], cwd=tmp_path)
    assert "hotkey" in (await refusals(scene))["miner_1"][0]


async def test_a_miner_by_hand_on_its_defaults_clashes_only_where_they_are_the_neurons_own(
    scene: Scene, by_hand: Start
) -> None:
    other = by_hand(str(scene.code / "mine.py"), "--wallet.hotkey", "mine", cwd=scene.code)
    assert f"pid {other.pid}" not in str(await refusals(scene))
    whys = await refusals(scene.changed(args=(("db", f"{scene.code}/data.sqlite"),)))
    assert whys["miner_1"][0].startswith(f"database {scene.code}/data.sqlite is in use by pid")
    whys = await refusals(scene.changed("miner_2", args=(("state", f"{scene.code}/state/upload.json"),)))
    assert whys["miner_2"][0].startswith(f"upload state {scene.code}/state/upload_s3.json is in use by pid")


async def test_a_database_in_other_hands_is_known_by_who_has_it_open(scene: Scene, by_hand: Start) -> None:
    await scene.up()
    database = scene.fleet.state / "work" / "miner_2" / "data.sqlite"
    same = database.with_name("hard.sqlite")
    os.link(database, same)
    writes = by_hand(program=f"file = open({str(database)!r}, 'a'); print(flush=True); import time; time.sleep(99)")
    by_hand(program=f"file = open({str(database)!r}); print(flush=True); import time; time.sleep(99)")
    named = by_hand(*words(scene, 7), str(scene.code / "mine.py"), "--db", str(same))
    status = await scene.status("miner_2")
    assert {(clash.what, clash.pid) for clash in status.clashes} == {("database", writes.pid), ("database", named.pid)}
    assert status.problem is not None
    assert f"database {database} is in use by pid {writes.pid}" in status.problem
    assert (await scene.status("miner_1")).clashes == ()


async def test_a_database_that_is_open_elsewhere_keeps_its_neuron_from_being_started(
    scene: Scene, by_hand: Start
) -> None:
    database = scene.fleet.state / "work" / "miner_2" / "data.sqlite"
    database.parent.mkdir(parents=True)
    other = by_hand(program=f"file = open({str(database)!r}, 'a'); print(flush=True); import time; time.sleep(99)")
    whys = await refusals(scene)
    assert list(whys) == ["miner_2"]
    assert f"database {database} is in use by pid {other.pid}" in whys["miner_2"][0]


async def test_a_port_in_other_hands_is_known_by_who_listens_and_by_who_was_told_to(
    scene: Scene, by_hand: Start
) -> None:
    listens = by_hand(program=LISTEN)
    moved = scene.changed(axon_port=int(listens.first))  # type: ignore[attr-defined]
    told = by_hand("--wallet.hotkey", "x", "--axon.port", str(moved.fleet.neurons[0].axon_port))
    whys = " ".join((await refusals(moved))["miner_1"])
    assert f"taken by pid {listens.pid}" in whys
    assert f"taken by pid {told.pid}" in whys
    assert {clash.pid for clash in (await moved.status()).clashes} == {listens.pid, told.pid}


async def test_a_neuron_of_another_fleet_is_named_with_its_fleet_and_session(scene: Scene, neighbour: Scene) -> None:
    theirs = neighbour.changed(hotkey="state_1")
    await theirs.up()
    found = (await refusals(scene))["miner_1"]
    assert found[0].endswith(f" of {theirs.fleet.state}/miner_1")
    (clash,) = (await scene.status()).clashes
    assert (clash.fleet, clash.session) == (str(theirs.fleet.state), "miner_1")
    await scene.changed(hotkey="mine").settle()
    assert set(scene.world.host.sessions()) == {"miner_1", "miner_2"}


async def test_the_launcher_run_a_second_time_by_hand_is_a_second_neuron(scene: Scene, by_hand: Start) -> None:
    await scene.up()
    environ = scene.world.host.running(scene.pid())
    assert environ is not None
    second = by_hand(
        *words(scene), env=dict(environ.environ or {}), start_new_session=True, cwd=scene.fleet.state / "work/miner_1"
    )
    (clash,) = (await scene.status()).clashes
    assert (clash.pid, clash.session) == (second.pid, "miner_1")


async def test_a_process_that_the_neuron_itself_starts_is_its_own(scene: Scene) -> None:
    (scene.code / "mine.py").write_text(
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)', *sys.argv[1:]])\n"
        "print('ready', flush=True)\ntime.sleep(99)\n"
    )
    await scene.up()
    wait_until(lambda: len(scene.world.host.holders(())) >= 4, "all four run")
    assert (await scene.seen()).clashes == {}


TWINS = [
    ({"hotkey": "state_2"}, f"hotkey {WALLET}/state_2 is also {{}}'s"),
    ({"args": (("db", "{work}/miner_2/data.sqlite"),)}, "database {work}/miner_2/data.sqlite is also {}'s"),
    ({"args": (("state", "{work}/miner_2/upload.json"),)}, "upload state {work}/miner_2/upload_s3.json is also {}'s"),
    ({"args": (("axon.port", "{port}"),)}, "port {port} is also {}'s"),
]


@pytest.mark.parametrize(("changes", "why"), TWINS)
async def test_two_neurons_of_one_profile_with_one_thing_are_refused_at_plan_time_by_both_names(
    scene: Scene, changes: dict[str, object], why: str
) -> None:
    work, port = str(scene.fleet.state / "work"), str(scene.fleet.neurons[1].axon_port)

    def filled(text: str) -> str:
        return text.replace("{work}", work).replace("{port}", port)

    if "args" in changes:
        changes = {"args": tuple((name, filled(value)) for name, value in changes["args"])}  # type: ignore[attr-defined]
    found = await scene.changed(**changes).diff(sessions)
    assert [(b.neuron, b.why) for b in found.blocked] == [
        ("miner_1", filled(why).replace("{}", "miner_2")),
        ("miner_2", filled(why).replace("{}", "miner_1")),
    ]
    assert found.steps == ()
    assert found.blocked[0].hint == "give each one of its own"


async def test_a_database_left_to_the_code_is_each_neurons_own_and_a_state_in_the_checkout_is_not(scene: Scene) -> None:
    pack = Path(scene.fleet.code.pack) / "pack.yaml"
    pack.write_text("".join(line for line in pack.read_text().splitlines(keepends=True) if "paths.work" not in line))
    whys = await refusals(scene)
    assert set(whys) == {"miner_1", "miner_2"}
    assert all("upload state" in why[0] and len(why) == 1 for why in whys.values())


async def test_who_only_looks_into_a_database_is_no_clash(scene: Scene) -> None:
    await scene.up()
    with sqlite3.connect(f"file:{scene.fleet.state / 'work' / 'miner_1' / 'data.sqlite'}?mode=ro", uri=True) as looks:
        looks.execute("SELECT 1 FROM sqlite_master").fetchall()
        assert (await scene.seen()).clashes == {}


async def test_a_container_does_not_hide_a_hotkey_that_it_mounts_under_another_name(
    scene: Scene, by_hand: Start
) -> None:
    """What Docker does: another root for the same files, and ports of its own."""
    wallets, port = scene.fleet.wallet_path, scene.fleet.neurons[1].axon_port
    key = wallets / WALLET / "hotkeys" / "state_1"
    key.parent.mkdir(parents=True)
    key.touch()
    words = f"--wallet.path /mnt --wallet.name {WALLET} --wallet.hotkey state_1 --axon.port {port}"
    inside = f"mount --bind '{wallets}' /mnt && exec '{sys.executable}' -c \"{WAIT}\" {words}"
    other = by_hand(argv=["unshare", "--user", "--map-root-user", "--mount", "--net", "/bin/sh", "-c", inside])
    if not other.first:  # type: ignore[attr-defined]
        pytest.skip("no namespaces may be made here")
    whys = await refusals(scene)
    assert list(whys) == ["miner_1"]
    assert f"in use by pid {other.pid}" in whys["miner_1"][0]


@pytest.mark.parametrize(("session", "clashes"), [("miner_1", 0), ("proxy", 0), ("chain", 1), ("miner_2", 1)])
def test_only_a_neuron_and_the_fleets_proxy_may_listen_on_its_port(session: str, clashes: int) -> None:
    port = Use("port", "axon port", "8091")
    claims = Claims("miner_1", "/s/fleet/miner_1", (port,))
    holder = Holder(ProcessFacts(7, ("x",), None, f"/s/fleet/{session}"), 7, (port,))
    assert len(find_clashes([claims], [holder]).get("miner_1", ())) == clashes
    assert len(list(rivals(claims, {8091: holder.process}, ()))) == clashes
    assert list(rivals(claims, {8091: holder.process}, [holder], leaving=("chain", "miner_2"))) == []


def test_claims_are_data_that_json_carries() -> None:
    claims = Claims("miner_1", "/s/fleet/miner_1", (Use("port", "axon port", "8091"), Use("file", "database", "/a")))
    assert msgspec.json.decode(msgspec.json.encode(claims), type=Claims) == claims
