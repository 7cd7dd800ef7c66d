"""The status by the supervisor's sample: what it may load, and that it is the same answer as the verb's."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from netctl.cli import quick
from netctl.cli.selection import Words, fleet_meant, remember_fleet
from netctl.observation import Observation
from netctl.ports import KeyFacts
from netctl.supervisor import orders, samples
from tests.cli.program import call, small_profile

HEAVY = ("asyncio", "bittensor", "netctl.packs", "netctl.profile", "pydantic", "rich", "yaml")


def test_a_status_by_the_sample_loads_neither_what_reads_profiles_nor_what_waits() -> None:
    asked = f"import sys, netctl.cli.quick; print(*({{*sys.modules}} & {{*{HEAVY!r}}}))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.fixture
def sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory from where a fleet was brought up, with a sample that is fresh; no tmux runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(small_profile())
    words = Words(Path("small.yaml"), network="ws://127.0.0.1:1")
    fleet = fleet_meant(words)
    remember_fleet(fleet, words)
    orders.path_in(fleet.state).parent.mkdir(parents=True)
    orders.path_in(fleet.state).write_bytes(orders.encoded(fleet))
    keys = {n.name: KeyFacts("5c", "5h", has_coldkey_secret=True, coldkey_encrypted=False) for n in fleet.neurons}
    at = time.time() - 1
    seen = Observation(at, 428, 99, None, None, keys, {}, {}, asked_at=at)
    samples.write(fleet.state, samples.Samples(1, at, 100.0, fleet.network.endpoint, seen))
    return tmp_path


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_quick_answer_is_the_verbs_own(
    sampled: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    taken = []
    monkeypatch.setattr(
        quick, "quick_status", lambda *a, before=quick.quick_status: taken.append(before(*a)) or taken[-1]
    )
    quickly = call(capsys, "status", *words)
    assert taken == [1]
    monkeypatch.setattr(quick, "quick_status", lambda *_: None)
    slowly = call(capsys, "status", *words)
    assert quickly == slowly
    assert "99" in quickly.out


def test_a_profile_named_by_the_environment_is_the_verbs_to_read(
    sampled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick.quick_status([], {}) == 1
    assert quick.quick_status([], {"NETCTL_PROFILE": "small.yaml"}) is None
    assert quick.quick_status(["--live"], {}) is None
