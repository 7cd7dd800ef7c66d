"""What tasks, nodes and services mean for a session, and what is sent to a node: without an engine."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from netctl.adapters.swarm import engine as engine_module
from netctl.adapters.swarm import entry, image, names, services, tasks
from netctl.adapters.swarm.engine import Engine
from netctl.adapters.swarm.secrets import sent_for
from netctl.errors import PrerequisiteError, SessionError, UsageError, WalletError
from netctl.placement import NODE_ADDRESS, Node, Placement, Resources, Swarm
from netctl.ports import SessionFacts, SessionSpec
from tests.hosts.stage import wallet_at

READY = {"ID": "i1", "Description": {"Hostname": "nd1"}, "Status": {"State": "ready"}}
DOWN = {"ID": "i2", "Description": {"Hostname": "nd2"}, "Status": {"State": "down"}}
NODES = {"i1": READY, "i2": DOWN}
AT = "2026-11-29T22:56:{:02}.5Z"


def _task(number: int, state: str, node: str = "i1", code: int | None = None, *, again: int = 0, **said: Any) -> Any:
    container = {"ContainerStatus": {"PID": 40 + number, "ExitCode": 0 if code is None else code}}
    return {
        "ID": f"t{number}",
        "ServiceID": "s1",
        "CreatedAt": AT.format(number),
        "NodeID": node,
        "Spec": {"ForceUpdate": again},
        "Status": {"State": state, "Timestamp": AT.format(number), **container, **said},
    }


def _facts(*made: Any, replicas: int = 1, again: int = 0, **labels: str) -> SessionFacts:
    spec = {
        "Labels": {names.SESSION: "miner_1", names.SPEC: "h", names.NODE: "nd2", **labels},
        "Mode": {"Replicated": {"Replicas": replicas}},
        "TaskTemplate": {"ForceUpdate": again},
    }
    found = tasks.seen([{"ID": "s1", "Spec": spec}], made, [READY, DOWN])
    return found.sessions()["miner_1"]


def test_the_newest_task_tells_and_those_before_are_its_restarts() -> None:
    facts = _facts(_task(2, "running"), _task(1, "failed", code=3), _task(0, "failed", again=-1))
    assert (facts.pid, facts.node, facts.restarts, facts.task) == (42, "nd1", 1, "t2")
    assert facts.started_at == tasks.moment(AT.format(2))
    assert not facts.is_dead


@pytest.mark.parametrize(
    ("state", "code", "ended"),
    [
        ("failed", 3, (3, None)),
        ("complete", 0, (0, None)),
        ("failed", 137, (None, 9)),
        ("failed", 139, (None, 11)),
        ("failed", 128, (128, None)),
        ("failed", 255, (255, None)),
        ("shutdown", 143, (None, 15)),
        ("shutdown", -1, (None, 9)),
        ("rejected", 0, (125, None)),
    ],
)
def test_how_a_task_ended(state: str, code: int, ended: tuple[int | None, int | None]) -> None:
    facts = _facts(_task(1, state, code=code))
    assert (facts.exit_code, facts.exit_signal) == ended
    assert facts.ended_at == tasks.moment(AT.format(1))


def test_on_a_node_that_does_not_answer_it_is_unknown_and_not_dead() -> None:
    pending = _task(2, "pending", node="", Err="no suitable node")
    for made in ((_task(1, "running", "i2"),), (_task(1, "running", "i2"), pending)):
        facts = _facts(*made)
        assert facts.unknown == "node nd2 is down; it may still run there"
        assert (facts.pid, facts.is_dead, facts.node) == (None, False, "nd2")
    assert _facts(_task(1, "failed", "i2", 3), pending).unknown == ""


def test_after_a_day_of_silence_the_engine_gives_a_task_up_and_it_may_run_all_the_same() -> None:
    made = (_task(1, "orphaned", "i2"), _task(2, "pending", node="", Err="no suitable node"))
    for some in (made, made[:1]):
        facts = _facts(*some)
        assert facts.unknown == "node nd2 is down; it may still run there"
        assert not facts.is_dead
    assert tasks.where((_task(2, "running", "i1"), made[0]), NODES) == ("nd2", "nd1")
    # Back, or taken out of the swarm: then it is over.
    assert _facts(_task(1, "orphaned", "i1")).unknown == ""
    assert _facts(_task(1, "orphaned", "i9")).unknown == ""


def test_two_machines_of_one_name_get_no_hotkey() -> None:
    twin = {**READY, "ID": "i7"}
    assert services.node_id([READY, {**twin, "Status": {"State": "down"}}], "nd1") == "i1"
    with pytest.raises(SessionError, match="2 machines of the swarm call themselves nd1"):
        services.node_id([READY, twin], "nd1")


def test_what_runs_on_two_nodes_is_named_with_them() -> None:
    made = (_task(1, "running", "i2"), _task(2, "running", "i1"))
    assert tasks.where(made, NODES) == ("nd2", "nd1")
    assert _facts(*made).unknown == ""


def test_what_waits_says_so_in_the_engines_words() -> None:
    assert _facts(_task(1, "pending", node="", Err="no suitable node")).waits == "no suitable node"
    assert _facts(_task(1, "rejected", Err="no such path"), _task(2, "preparing")).waits == "no such path"
    assert _facts(_task(1, "preparing")).waits == ""


def test_a_stopped_one_remembers_how_it_ended() -> None:
    facts = _facts(replicas=0, **{names.ENDED: "code:3@12.5"})
    assert (facts.exit_code, facts.exit_signal, facts.ended_at, facts.node) == (3, None, 12.5, "nd2")
    assert _facts(replicas=0).exit_signal == 15


def test_only_an_address_that_nobody_can_listen_in_on_is_asked() -> None:
    with pytest.raises(UsageError, match="only unix:// and ssh://"):
        Engine(["tcp://10.0.0.1:2375"])


def test_a_manager_that_is_gone_is_told_and_not_that_a_worker_manages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "LOOKING_S", 0.0)
    manager, worker = (f"unix://{tmp_path}/{name}" for name in ("manager", "worker"))

    def as_a_worker(_client: Any) -> None:
        raise APIError("503", explanation="This node is not a swarm manager.")

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/worker")
        listening.listen()
        for addresses in ([manager, worker], [worker, manager]):
            asked = Engine(addresses, {worker: object()})
            with pytest.raises(SessionError, match=f"docker at {manager} does not answer"):
                asked.look(as_a_worker)
        with pytest.raises(PrerequisiteError, match="manages no swarm"):
            Engine([worker], {worker: object()}).look(as_a_worker)


@pytest.mark.parametrize(
    "said",
    [
        "rpc error: code = Unknown desc = The swarm does not have a leader.",
        "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status",
        "rpc error: code = Unknown desc = update out of sequence",
    ],
)
def test_what_is_over_in_a_moment_is_asked_again(tmp_path: Path, said: str) -> None:
    asked: list[str] = []

    def elected(_client: Any) -> int:
        asked.append(said)
        if len(asked) == 1:
            raise APIError("500", explanation=said)
        return len(asked)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/manager")
        listening.listen()
        address = f"unix://{tmp_path}/manager"
        assert Engine([address], {address: object()}).change(elected) == 2


def test_the_image_is_the_same_everywhere() -> None:
    identity, content = image.archive()
    assert identity == "sha256:59fa2335ea26b000e4d635e154095e06131d5660636f4ddb9d3395073e013858"
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        (manifest,) = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert manifest["Config"] == f"{identity.removeprefix('sha256:')}.json"


def _spec(place: Path, *, launcher: str = "exit 0") -> SessionSpec:
    hotkey, public, _ = wallet_at(place / "wallet")
    home, work = place / "files" / "m'1", place / "work" / "m'1"
    home.mkdir(parents=True)
    (home / "launch.sh").write_text(launcher)
    (home / "own.toml").write_text(f"ip = {NODE_ADDRESS}\n")
    (place / "seed").write_text("seed")
    placement = Placement(
        node=None,
        failover="auto",
        addresses=(("nd1", "10.0.0.1"), ("nd2", "10.0.0.2")),
        image=None,
        mounts=("/usr/local/x", "/opt/y"),
        files=(home / "launch.sh", home / "own.toml"),
        seeds=((place / "seed", work / "deep" / "seed"),),
        links=((work / "own.toml", home / "own.toml"),),
        directories=(work / "home",),
        cache=place / "cache",
        hotkey_file=hotkey,
        coldkeypub_file=public,
        ports=(8091,),
        resources=Resources(cpus=1.5, memory_bytes=1000, gpus=2),
    )
    logs = place / "logs"
    return SessionSpec("m1", home / "launch.sh", work, logs / "m1.log", logs / "m1.err.log", "h", placement=placement)


def test_the_first_script_makes_all_that_the_launcher_needs(tmp_path: Path) -> None:
    place = tmp_path / "a place"
    spec = _spec(place, launcher='echo "$(env)" >"' + str(place) + '/env"')
    parcels = {parcel.what: parcel for parcel in sent_for("f", spec).parcels}
    with tarfile.open(fileobj=io.BytesIO(parcels["start"].content)) as tar:
        assert {member.mode for member in tar} == {0o400}
        for path in (*spec.placement.files, place / "seed"):  # type: ignore[union-attr]
            path.unlink()
        tar.extractall("/", filter="fully_trusted")
    begin = ["/bin/sh", str(spec.launcher.parent / entry.BEGIN)]
    told = {"PATH": "/usr/bin:/bin", entry.NODE: "nd2", "SECRET": "x"}
    subprocess.run(begin, env=told, check=True)
    assert (spec.cwd / "deep" / "seed").read_text() == "seed"
    (spec.cwd / "deep" / "seed").write_text("changed")
    subprocess.run(begin, env=told, check=True)
    assert (spec.cwd / "deep" / "seed").read_text() == "changed"
    assert (spec.cwd / "own.toml").read_text() == "ip = 10.0.0.2\n"
    assert (spec.cwd / "own.toml").is_symlink()
    assert (spec.cwd / "home").is_dir()
    assert str(spec.stdout.readlink()) == "/proc/1/fd/1"
    assert "SECRET" not in (place / "env").read_text()
    other = subprocess.run(begin, env={"PATH": "/usr/bin:/bin", entry.NODE: "nd9"}, capture_output=True, check=False)
    assert (other.returncode, b"no address of node nd9" in other.stderr) == (114, True)


def test_the_same_files_make_the_same_secrets_and_other_files_another_name(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    first, again = sent_for("f", spec), sent_for("f", spec)
    assert first == again
    (tmp_path / "seed").write_text("other")
    changed = [a.what for a, b in zip(first.parcels, sent_for("f", spec).parcels, strict=True) if a.name != b.name]
    assert changed == ["start"]
    assert all(len(parcel.name) <= 64 and parcel.content.hex() not in repr(parcel) for parcel in first.parcels)
    assert b"secretPhrase" not in first.parcels[0].content


@pytest.mark.parametrize("words", ["suffer science lend cotton aware orchard attack behave milk myself whip mind"])
def test_a_mnemonic_is_refused_wherever_it_is(tmp_path: Path, words: str) -> None:
    spec = _spec(tmp_path)
    for text in (words, f"and then {words} and so on", words.replace(" ", "\n"), json.dumps(words.split())):
        (tmp_path / "seed").write_text(text)
        with pytest.raises(WalletError, match="holds a mnemonic: nothing was sent"):
            sent_for("f", spec)
    (tmp_path / "seed").write_text(words.replace("suffer", "suffering"))
    sent_for("f", spec)


def test_a_service_says_where_it_may_run_and_what_it_gets(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    sent = sent_for("f", spec)
    template = services.task_template("f", spec, sent, {one.name: one.name for one in sent.parcels}, "sha256:1", [])
    mounts = {mount["Target"]: mount["Type"] for mount in template["ContainerSpec"]["Mounts"]}
    assert mounts == {
        "/usr": "bind",
        **{path: "bind" for path in services.PROVISIONED if path.startswith("/etc/") and Path(path).exists()},
        "/opt/y": "bind",
        "/tmp": "tmpfs",
        str(spec.launcher.parent): "tmpfs",
        str(spec.cwd): "volume",
        str(tmp_path / "cache"): "volume",
    }
    assert {one["File"]["Mode"] for one in template["ContainerSpec"]["Secrets"]} == {0o400}
    assert template["Resources"]["Limits"] == {"NanoCPUs": 1_500_000_000, "MemoryBytes": 1000}
    assert template["Resources"]["Reservations"]["GenericResources"][0]["DiscreteResourceSpec"]["Value"] == 2
    assert template["ContainerSpec"]["Command"][0] == "/usr/bin/tini"
    swarm = Swarm("unix:///x", "10.0.0.9", (Node("nd1", "10.0.0.1", labels=(("gpu", "a"),)), Node("nd2", "10.0.0.2")))
    nodes = [READY, DOWN, {**READY, "ID": "i3", "Description": {"Hostname": "nd3"}}]
    placement = spec.placement
    assert placement is not None
    allowed = services.allowed_nodes(placement)
    assert allowed == tuple(sorted(name for name, _ in placement.addresses))
    assert services.constraints_of(placement, swarm, nodes) == [f"node.labels.{names.may_run(allowed)}==yes"]
    assert services.allowed_nodes(replace(placement, node="nd1")) == ()
    pinned = replace(placement, node="nd1")
    assert services.constraints_of(pinned, swarm, nodes) == ["node.labels.gpu==a", "node.id==i1"]
    with pytest.raises(SessionError, match="node nd9 is not in the swarm"):
        services.constraints_of(replace(placement, node="nd9"), swarm, nodes)


def test_without_a_swarm_nothing_of_the_engine_is_loaded() -> None:
    program = (
        "import sys, netctl.cli.app, netctl.cli.world;print([m for m in sys.modules if m.split('.')[0] == 'docker'])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
