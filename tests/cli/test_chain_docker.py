"""`netctl chain up --engine docker`: the command that is built, and all that follows, without image or engine."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl import localnet
from tests.chains import RunningChain
from tests.cli.program import Ended, run

IMAGE = "registry.example/opentensor/subtensor-localnet:devnet-ready"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
FAKE = Path(__file__).with_name("fake_docker.py")
STATE = Path("/somewhere/.netctl/.chain")


class Place:
    """A directory to run netctl in, with a docker of its own on the PATH."""

    def __init__(self, root: Path) -> None:
        self.here, self.engine, self.path = root / "here", root / "engine", root / "bin"
        for folder in (self.here, self.engine, self.path):
            folder.mkdir()
        program = self.path / "docker"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} "$@"\n')
        program.chmod(0o755)
        (self.engine / "images").write_text(f"python:3.12\n{IMAGE}\n")

    def netctl(self, *argv: str, **environ: str) -> Ended:
        path = f"{self.path}:{os.environ['PATH']}"
        return run(*argv, cwd=self.here, **{"PATH": path, "FAKE_DOCKER": str(self.engine), **environ})

    def asked(self, verb: str) -> list[list[str]]:
        log = self.engine / "asked.jsonl"
        told = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [argv for argv in told if argv[1] == verb]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    known = made.engine / "container.json"
    if known.exists() and (pid := json.loads(known.read_text())["pid"]) is not None:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(("fast", "word"), [(True, "True"), (False, "False")])
def test_the_command_serves_on_loopback_only_and_carries_its_state(fast: bool, word: str) -> None:
    argv = localnet.run(IMAGE, state=STATE, port=9945, fast_blocks=fast)
    name = localnet.name_of(STATE)
    assert " ".join(argv) == (
        f"docker run --detach --rm --pull never --name {name} --label netctl.state={STATE} --label netctl.port=9945"
        f" --publish 127.0.0.1:9945:9944 {IMAGE} {word}"
    )


def test_two_state_directories_have_a_container_each() -> None:
    assert localnet.name_of(STATE) != localnet.name_of(STATE / "other")


@pytest.mark.parametrize(
    ("listing", "image"),
    [
        (f"python:3\n{IMAGE}\n", IMAGE),
        (
            "opentensor/subtensor-localnet:main\nmine/opentensor/subtensor-localnet:older\n",
            "opentensor/subtensor-localnet:main",
        ),
        ("localhost:5000/opentensor/subtensor-localnet:x\n", "localhost:5000/opentensor/subtensor-localnet:x"),
        ("opentensor/subtensor-localnet:<none>\nopentensor/subtensor:latest\n", None),
        ("notopentensor/subtensor-localnet:main\n", None),
        ("", None),
    ],
)
def test_the_newest_localnet_image_of_the_engine_is_taken(listing: str, image: str | None) -> None:
    assert localnet.image_in(listing) == image


@pytest.mark.slow
def test_a_localnet_is_brought_up_looked_at_paid_on_and_taken_down(place: Place) -> None:
    up = place.netctl("chain", "up", "--engine", "docker", "--json")
    assert up.code == 0, up.err
    (asked,) = place.asked("run")
    assert asked[-2:] == [IMAGE, "True"]
    port = int(up.document["endpoint"].rpartition(":")[2])
    assert tuple(asked) == localnet.run(IMAGE, state=place.here / ".netctl" / ".chain", port=port, fast_blocks=True)
    shown = {"engine": "docker", "image": IMAGE, "pid": None}
    assert shown.items() <= up.document.items()

    again = place.netctl("chain", "up", "--engine", "docker")
    assert (again.code, len(place.asked("run"))) == (0, 1)
    assert "runs already" in again.err
    assert IMAGE in place.netctl("chain", "status").out

    node = RunningChain(up.document["endpoint"], up.document["genesis"], process=None)  # type: ignore[arg-type]
    before = node.rpc("dev_status")["block"]
    paid = place.netctl("chain", "faucet", BOB, "--amount", "3")
    assert paid.code == 0, paid.err
    assert f"{BOB} got 3.0 TAO" in paid.err
    transfers = [
        node.rpc("chain_getBlock", node.rpc("chain_getBlockHash", n)) for n in range(before, node.height() + 1)
    ]
    assert sum(len(block["block"]["extrinsics"]) > 1 for block in transfers) == 1, "one block holds Alice's transfer"

    down = place.netctl("chain", "down")
    assert (down.code, len(place.asked("rm"))) == (0, 1)
    assert "its chain is gone" in down.err


@pytest.mark.parametrize("words", [("--image", "mine:1"), ()])
def test_the_image_can_be_named(place: Place, words: tuple[str, ...]) -> None:
    (place.engine / "dies").touch()
    (place.engine / "images").write_text(f"{IMAGE}\nmine:1\n")
    ended = place.netctl("chain", "up", "--engine", "docker", "--no-fast-blocks", *words, LOCALNET_IMAGE_NAME="mine:1")
    assert place.asked("run")[0][-2:] == ["mine:1", "False"]
    assert (ended.code, len(ended.err.splitlines())) == (8, 2), ended.err
    assert ended.err.startswith("error: the localnet ended at once")


@pytest.mark.slow
def test_another_node_at_its_port_is_not_taken_for_the_localnet_that_ended(place: Place) -> None:
    for word in ("dies", "port-goes-to-another"):
        (place.engine / word).touch()
    ended = place.netctl("chain", "up", "--engine", "docker")
    assert (ended.code, len(ended.err.splitlines())) == (8, 2), ended.err
    assert ended.err.startswith("error: the localnet ended at once")


def refused(ended: Ended, code: int, *said: str) -> None:
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert [line.partition(": ")[0] for line in ended.err.splitlines()] == ["error", "hint"], ended.err
    for word in said:
        assert word in ended.err


def test_without_an_image_it_says_what_to_pull(place: Place) -> None:
    (place.engine / "images").write_text("python:3.12\n")
    refused(place.netctl("chain", "up", "--engine", "docker"), 4, "opentensor/subtensor-localnet", "pull", "--image")
    assert place.asked("run") == []


def test_an_image_that_is_not_there_is_docker_s_to_refuse(place: Place) -> None:
    refused(place.netctl("chain", "up", "--engine", "docker", "--image", "none:1"), 8, "No such image: none:1")


def test_a_daemon_that_does_not_answer_is_said(place: Place) -> None:
    (place.engine / "no-daemon").touch()
    refused(place.netctl("chain", "up", "--engine", "docker"), 4, "daemon")


def test_a_machine_without_docker_is_said(place: Place, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("tmux", "ps", "sh"):
        found = next(Path(folder) / name for folder in os.environ["PATH"].split(":") if (Path(folder) / name).exists())
        (bare / name).symlink_to(found)
    refused(place.netctl("chain", "up", "--engine", "docker", PATH=str(bare)), 4, "no such program", "netctl chain up")


def test_a_profile_has_no_localnet_of_its_own(place: Place) -> None:
    refused(place.netctl("chain", "up", "--engine", "docker", "-p", "some.yaml"), 2, "--network ws://127.0.0.1")
    refused(place.netctl("chain", "up", "--image", "some:1"), 2, "--engine docker")


@pytest.mark.slow
def test_no_localnet_comes_up_where_an_embedded_chain_runs(place: Place) -> None:
    assert place.netctl("chain", "up").code == 0
    try:
        refused(place.netctl("chain", "up", "--engine", "docker"), 2, "embedded chain runs", "netctl chain down")
        again = place.netctl("chain", "up")
        assert (again.code, "runs already" in again.err) == (0, True)
    finally:
        assert place.netctl("chain", "down").code == 0


def test_no_embedded_chain_comes_up_where_a_localnet_runs(place: Place) -> None:
    told = {"name": "some", "state": "running", "port": 9950, "image": IMAGE, "pid": None}
    (place.engine / "container.json").write_text(json.dumps(told))
    refused(place.netctl("chain", "up"), 2, "a localnet runs from here, at ws://127.0.0.1:9950")


def test_an_address_that_is_none_is_a_usage_error(place: Place) -> None:
    refused(place.netctl("chain", "faucet", "bogus"), 2, "'bogus' is no ss58 address")
