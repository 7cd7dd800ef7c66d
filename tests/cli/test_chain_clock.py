"""`netctl chain` warp, pace, snapshots and forks, as typed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netctl.adapters import devnode
from netctl.cli.warp_target import read_factor, read_target
from netctl.devchain import DevChain
from netctl.errors import UsageError
from tests.cli.program import Ended, call, run

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("+2h", {"by_ms": 7_200_000}),
        ("+1h30m", {"by_ms": 5_400_000}),
        ("block 500", {"block": 500}),
        ("next-epoch", {"epoch": None}),
        ("2026-01-01T00:01", {"until_ms": 1_767_225_660_000}),
        ("2026-01-01 00:01:00+01:00", {"until_ms": 1_767_222_060_000}),
        ("2026-01-01", {"until_ms": 1_767_225_600_000}),
    ],
)
def test_a_target_is_read_as_people_write_it(words: str, target: dict[str, Any]) -> None:
    assert read_target(words.split(), None) == target


@pytest.mark.fast
@pytest.mark.parametrize("words", ["", "+", "+2x", "block", "block x", "block -1", "epoch", "yesterday", "2026-13-01"])
def test_what_is_no_target_is_refused(words: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_target(words.split(), None)
    assert refusal.value.hint


@pytest.mark.fast
def test_netuid_is_for_epochs_only() -> None:
    assert read_target(["next-epoch"], 7) == {"epoch": 7}
    with pytest.raises(UsageError):
        read_target(["+2h"], 7)


@pytest.mark.fast
@pytest.mark.parametrize(("text", "factor"), [("10x", 10.0), ("0.5x", 0.5), ("3", 3.0)])
def test_a_speed_is_a_factor(text: str, factor: float) -> None:
    assert read_factor(text) == factor


@pytest.mark.fast
@pytest.mark.parametrize("text", ["", "x", "0x", "-1x", "nan", "inf", "fast"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_factor(text)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a bare chain that is paused, so that only what is asked for moves it."""
    where = tmp_path_factory.mktemp("clock")
    for words in ("chain up", "chain pause"):
        done = run(*words.split(), cwd=where)
        assert done.code == 0, done.err
    yield where
    run("chain", "down", cwd=where)


class Typed:
    """Commands typed in that directory."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, words: str, code: int = 0) -> Ended:
        ended = call(self._capsys, "chain", *words.split())
        assert ended.code == code, ended.err
        return ended

    def block(self) -> int:
        """The head."""
        return int(self("status --json").document["block"])


@pytest.fixture
def typed(running: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    monkeypatch.chdir(running)
    return Typed(capsys)


def test_the_chain_is_moved_kept_and_taken_back(typed: Typed) -> None:
    at = typed.block()
    assert typed("mine 5").err.endswith(f"the chain is at block {at + 5}\n")
    assert f"block {at + 5 + 240}" in typed("warp +1m").err
    assert f"block {at + 300}" in typed(f"warp block {at + 300}").err
    assert f"holds the chain at block {at + 300}" in typed("snapshot kept").err
    listed = typed("snapshots --json").document["snapshots"]
    assert [(each["name"], each["block"]) for each in listed] == [("kept", at + 300)]
    header, row = (line.split() for line in typed("snapshots").out.splitlines())
    assert header == ["snapshot", "block", "size", "hash"]
    assert row == ["kept", str(at + 300), *row[2:4], listed[0]["hash"]]
    damaged = next(Path(".netctl").rglob("kept.snapshot")).with_name("broken.snapshot")
    damaged.write_bytes(b"x" * 5000)
    rows = typed("snapshots").out.splitlines()[1:]
    assert [row.split()[:2] for row in rows] == [["broken", "damaged"], ["kept", str(at + 300)]]
    assert f"{damaged.absolute()} is no snapshot" in rows[0]
    assert "there is no snapshot brokn, there are: broken, kept" in typed("revert brokn", 6).err
    assert "broken.snapshot is no snapshot" in typed("revert broken", 6).err
    typed("finality 10")
    typed("mine 4")
    assert "3 blocks were replaced" in typed("reorg 3").err
    assert "1 block was replaced" in typed("reorg 1 --drop").err
    assert f"block {at + 304}" in typed("export moved.snapshot").err
    assert f"block {at + 300} again" in typed("revert kept").err
    assert f"block {at + 304}" in typed("import moved.snapshot").err
    assert typed.block() == at + 304


def test_pace_is_changed_as_typed(typed: Typed) -> None:
    assert "a block every 0.025 s" in typed("speed 10x").err
    assert "a block every 0.25 s" in typed("speed 1x").err
    at = typed.block()
    typed("resume")
    deadline = time.monotonic() + 20
    while typed.block() == at and time.monotonic() < deadline:
        pass
    assert typed.block() > at
    assert "paused" in typed("pause").err


@pytest.mark.slow
def test_a_chain_starts_from_an_imported_file(typed: Typed, tmp_path: Path) -> None:
    typed("warp block 2000")
    typed(f"export {tmp_path / 'file'}")
    imported = run("chain", "import", "file", cwd=tmp_path)
    assert (imported.code, imported.err.split()[:3]) == (0, ["imported", "block", "2000"])
    try:
        started = run("chain", "up", "--json", cwd=tmp_path)
        assert started.document["block"] >= 2000
    finally:
        run("chain", "down", cwd=tmp_path)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("warp 2025-01-01", 6, "beyond block 0"),
        ("warp tomorrow", 2, "is no time, block or epoch"),
        ("warp next-epoch --netuid 77", 6, "there is no subnet 77 with epochs yet"),
        ("warp next-epoch", 6, "there is no subnet with epochs yet"),
        ("warp block 99999999999", 6, "blocks ahead"),
        ("warp 9999-01-01", 6, "blocks ahead"),
        ("speed fast", 2, "is no speed"),
        ("speed 9999x", 6, "cannot be kept"),
        (f"faucet {BOB} --amount 0", 2, "0 TAO is nothing to give"),
        (f"faucet {BOB} --amount 99999999", 2, "at most 21,000,000 TAO wanted, not 99,999,999"),
        ("revert nothing", 6, "there is no snapshot nothing"),
        ("snapshot ../x", 6, "is no name"),
        ("import missing.snapshot", 6, "cannot be read"),
        ("reorg 900", 6, "cannot be replaced"),
        ("finality 5000", 6, "cannot lag"),
    ],
)
def test_refusals_are_two_lines_with_a_hint(words: str, code: int, said: str, typed: Typed) -> None:
    ended = typed(words, code)
    first, second = ended.err.splitlines()
    assert first.startswith("error: ")
    assert said in first
    assert "Invalid params" not in first
    assert second.startswith("hint: ")
    assert "is it an embedded chain" not in second


def test_a_clock_that_passes_the_target_meanwhile_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devnode, "CHUNK", 1)
    with DevChain(seal="manual") as chain:

        def outrun(*_: int) -> None:
            chain.mine(50)

        at = asyncio.run(devnode.warp(chain.url, {"by_blocks": 40}, outrun))
        assert at >= 40
