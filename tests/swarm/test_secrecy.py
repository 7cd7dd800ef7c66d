"""Where a secret of a fleet can be read, and where it cannot: the nodes' disks, the engine's answers, every process."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters.swarm.secrets import sent_for
from netctl.errors import NetctlError, WalletError
from netctl.ports import STOPPED, SessionSpec
from tests.hosts.stage import PYTHON, Stage
from tests.swarm.cluster import Cluster, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

API_KEY = "rapid-1f9c2e77d1b84c0aa5e3-key"
WORDS = "suffer science lend cotton aware orchard attack behave milk myself whip mind"
# As the renderer of a swarm's fleet has it: secrets in a file, which the program puts into its own environment.
START = """\
import json, os, pathlib, time
home = pathlib.Path(os.environ["FILES"])
os.environ.update(json.loads((home / "secrets.json").read_text()))
hotkey = json.loads(pathlib.Path(os.environ["HOTKEY"]).read_text())
print("seen", os.environ["RAPIDAPI_KEY"][-4:], hotkey["secretSeed"][-6:], sorted(hotkey), flush=True)
time.sleep(600)
"""


def _secretive(stage: Stage, name: str = "miner_1", api_key: str = API_KEY) -> SessionSpec:
    state: Path = stage.host.state
    home = state / "files" / name
    return stage.spec(
        name,
        PYTHON,
        str(home / "start.py"),
        environ={"FILES": str(home), "HOTKEY": str(state / "wallets" / name / "hotkeys" / "default")},
        files={"secrets.json": json.dumps({"RAPIDAPI_KEY": api_key}), "start.py": START},
    )


def _everything_on_disk(cluster: Cluster) -> Iterator[tuple[Path, bytes]]:
    """Every file of every node's data-root that lies on the disk, the raft directories of the managers among them."""
    disk = cluster.place.stat().st_dev
    for machine in cluster.machines:
        for folder, folders, files in os.walk(machine.place):
            folders[:] = [each for each in folders if _device(Path(folder, each)) == disk]
            for path in (Path(folder, each) for each in files):
                with suppress(OSError, ValueError):
                    if _device(path) == disk and path.is_file() and not path.is_symlink():
                        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                            yield path, bytes(content)


def _device(path: Path) -> int | None:
    with suppress(OSError):
        return path.lstat().st_dev
    return None


def _everything_inspected(cluster: Cluster) -> Iterator[tuple[str, bytes]]:
    for machine in cluster.machines:
        with machine.asked() as client:
            documents = [client.services(), client.tasks(), client.secrets(), client.volumes(), client.nodes()]
            documents += [client.inspect_container(one["Id"]) for one in client.containers(all=True)]
            documents += [client.inspect_service(one["ID"]) for one in client.services()]
            documents += [client.inspect_secret(one["ID"]) for one in client.secrets()]
            documents += [client.inspect_image(one["Id"]) for one in client.images()]
            yield f"docker on {machine.name}", json.dumps(documents).encode()


def _every_process() -> Iterator[tuple[str, bytes]]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != str(os.getpid()):
            for name in ("cmdline", "environ"):
                with suppress(OSError):
                    yield f"{process / name}", (process / name).read_bytes()


def test_no_secret_can_be_read_on_a_disk_in_an_answer_of_the_engine_or_of_a_process(
    stage: Stage, cluster: Cluster
) -> None:
    state: Path = stage.host.state
    spec = _secretive(stage)
    coldkey = state / "wallets" / "miner_1" / "coldkey"
    coldkey.write_text(json.dumps({"secretSeed": "0xc01d" + "5a" * 30, "secretPhrase": WORDS}))
    stage.host.launch([spec])
    seed = stage.seeds["miner_1"].removeprefix("0x")
    wait_until(lambda: f"seen -key {seed[-6:]}" in stage.log("miner_1"), "the neuron has its secrets")
    assert "secretPhrase" not in stage.log("miner_1")

    wanted = [text.encode() for text in (seed, API_KEY, "c01d" + "5a" * 30, WORDS)]
    start = next(one for one in sent_for("x", spec).parcels if one.what == "start")
    wanted.append(start.content[40:80])  # packed: its words would not be found
    looked = 0
    for places in (_everything_on_disk(cluster), _everything_inspected(cluster), _every_process()):
        for place, content in places:
            looked += 1
            assert [word for word in wanted if word in content] == [], f"in {place}"
    assert looked > 100

    # The search is a search: what is no secret is found by it.
    label = spec.spec_hash.encode()
    assert any(label in content for _, content in _everything_inspected(cluster))
    assert any(seed[-6:].encode() in content for _, content in _everything_on_disk(cluster)), "the log is on the disk"
    pid = stage.facts("miner_1").pid
    root = Path(f"/proc/{pid}/root")
    hotkey, secrets = root / str(spec.placement.hotkey_file)[1:], root / str(spec.launcher.parent)[1:] / "secrets.json"  # type: ignore[union-attr]
    for path in (hotkey, secrets):
        assert path.stat().st_mode & 0o777 == 0o400
        kind = next(line for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines() if _at(path, root) in line)
        assert " - tmpfs " in kind


def _at(path: Path, root: Path) -> str:
    inside = str(path).removeprefix(str(root))
    return inside.removesuffix("/secrets.json") + " "


@pytest.mark.parametrize("how", ["file", "renamed", "seed", "words", "hotkey", "public", "locked"])
def test_a_coldkey_or_a_mnemonic_is_refused_and_nothing_is_sent(stage: Stage, cluster: Cluster, how: str) -> None:
    state: Path = stage.host.state
    good = stage.spec("good", PYTHON, "-c", "pass")
    spec = stage.spec("bad", PYTHON, "-c", "pass", environ={"WORDS": WORDS} if how == "words" else {})
    placement = spec.placement
    assert placement is not None
    coldkey = state / "wallets" / "bad" / "coldkey"
    address = json.loads(placement.coldkeypub_file.read_text())["ss58Address"]
    coldkey.write_text(json.dumps({"ss58Address": address, "secretSeed": "0x12"}))
    if how == "file":
        placement = replace(placement, files=(*placement.files, coldkey))
    elif how == "renamed":
        other = coldkey.rename(spec.launcher.parent / "settings.json")
        placement = replace(placement, files=(*placement.files, other))
    elif how == "seed":
        placement = replace(placement, seeds=((coldkey, spec.cwd / "key"),))
    elif how == "hotkey":
        placement.hotkey_file.write_text(coldkey.read_text())
    elif how == "public":
        placement.coldkeypub_file.write_text(coldkey.read_text())
    elif how == "locked":
        placement.hotkey_file.write_bytes(b"$NACL" + b"x" * 40)
    with pytest.raises(WalletError, match="bad: "):
        stage.host.launch([good, replace(spec, placement=placement)])
    with cluster.manager.asked() as client:
        assert client.secrets() == []
        assert client.services() == []


def test_prose_is_no_mnemonic(stage: Stage) -> None:
    prose = "these words are prose that somebody wrote into their settings file without any further thought about keys"
    stage.host.launch([stage.spec("miner_1", PYTHON, "-c", "pass", files={"settings.txt": prose})])


def test_a_secret_that_changes_gets_a_new_name_and_the_old_one_is_removed(stage: Stage, cluster: Cluster) -> None:
    stage.host.launch([_secretive(stage)])
    stage.says("miner_1", "seen -key")
    old = _secret_names(cluster)
    assert len(old) == 3
    assert stage.host.stop(["miner_1"], grace_s=2, leave={STOPPED: "a rotation"}) == ()
    assert _secret_names(cluster) == old
    stage.host.launch([_secretive(stage, api_key="rapid-new-word")])
    stage.says("miner_1", "seen word")
    new = _secret_names(cluster)
    assert len(new) == 3
    assert len(new & old) == 2
    assert all("-start-" in name for name in new ^ old)


def test_files_that_are_too_many_to_be_sent_are_refused(stage: Stage) -> None:
    noise = os.urandom(700_000).hex()
    with pytest.raises(NetctlError, match="miner_1: its files take"):
        stage.host.launch([stage.spec("miner_1", PYTHON, "-c", "pass", files={"large": noise})])


def _secret_names(cluster: Cluster) -> set[str]:
    with cluster.manager.asked() as client:
        return {secret["Spec"]["Name"] for secret in client.secrets()}
