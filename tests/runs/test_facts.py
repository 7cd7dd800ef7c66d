"""What is written of a run: no secret, and nothing made up."""

from __future__ import annotations

import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from netctl.runs import facts
from netctl.runs.record import Change, compact, decoded, encoded
from tests.checkouts import git
from tests.cli.fleet_values import FLEET, MINER
from tests.runs.made import RUN, ended_at

pytestmark = pytest.mark.fast

SECRET = "s3cr3t-0f-mine"


def test_a_record_reads_as_it_was_written() -> None:
    run = replace(RUN, end=ended_at(5.0))
    assert decoded(encoded(run), "here") == run


def test_what_metrics_db_has_of_a_run_is_all_but_the_text_of_its_profiles() -> None:
    later = replace(RUN.profile, sha256="cd" * 32, text=f"{SECRET}: 1\n")
    written_out = replace(RUN.profile, text=f"name: {SECRET}\n")
    run = replace(RUN, profile=written_out, changes=(Change(2.0, 3, (), later), Change(4.0, None, ("miner_1",))))
    text = compact(run)
    assert SECRET not in text
    found = decoded(text.encode(), "here")
    assert [each.sha256 for each in found.profiles] == [RUN.profile.sha256, "cd" * 32]
    assert replace(found, profile=written_out, changes=run.changes) == run


def test_the_profile_is_kept_as_it_is_written_and_a_missing_one_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("defaults: {env: {RAPIDAPI_KEY: $RAPIDAPI_KEY}}\n")
    found = facts.profile_of(replace(FLEET, profile_path=path))
    assert found.text == "defaults: {env: {RAPIDAPI_KEY: $RAPIDAPI_KEY}}\n"
    assert found.sha256 == sha256(path.read_bytes()).hexdigest()
    path.unlink()
    assert (facts.profile_of(replace(FLEET, profile_path=path)).sha256) == ""


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
        (f"wss://me:{SECRET}@node.example:443/{SECRET}?key={SECRET}", "wss://node.example:443"),
    ],
)
def test_an_endpoint_is_told_without_what_may_be_secret_in_it(endpoint: str, told: str) -> None:
    assert facts.endpoint_of(endpoint) == told


def test_seeds_are_the_whole_numbers_of_variables_and_arguments_that_are_called_so(tmp_path: Path) -> None:
    env = (
        ("REHEARSAL_WORLD_SEED", "$WORLD"),
        ("WALLET_SEED", "$PHRASE"),
        ("HEX_SEED", "$DIGITS"),
        ("OTHER", "12"),
    )
    neuron = replace(MINER, env=env, args=(("neuron.seed", "5"),))
    code = replace(FLEET.code, python=Path(sys.executable))
    fleet = replace(FLEET, neurons=(neuron,), state=tmp_path, profile_path=tmp_path / "p.yaml", code=code)
    environ = {"WORLD": "428", "PHRASE": f"{SECRET} {SECRET}", "DIGITS": "7" * 64}
    assert facts.seeds_of(fleet, environ) == {"miner_3": {"REHEARSAL_WORLD_SEED": 428, "--neuron.seed": 5}}
    assert facts.seeds_of(fleet, {}) == {"miner_3": {"--neuron.seed": 5}}


def test_the_code_is_its_commit_and_what_differs_and_stand_ins_have_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "miner.py").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    fleet = replace(FLEET, code=replace(FLEET.code, path=tmp_path))
    found = facts.code_of(fleet)
    assert found is not None
    assert (found.commit, found.dirty, found.changed) == (git(tmp_path, "rev-parse", "HEAD"), False, ())
    (tmp_path / "miner.py").write_text("2\n")
    changed = facts.code_of(fleet)
    assert changed is not None
    assert (changed.dirty, changed.changed) == (True, ("miner.py",))
    assert changed.mark != found.mark
    assert facts.code_of(FLEET) is None


def test_the_packs_digest_is_of_all_of_its_files(tmp_path: Path) -> None:
    pack = tmp_path / "mine"
    (pack / "more").mkdir(parents=True)
    (pack / "pack.yaml").write_text("pack: mine\n")
    fleet = replace(FLEET, profile_path=tmp_path / "p.yaml", code=replace(FLEET.code, pack="./mine"))
    first = facts.pack_of(fleet)
    (pack / "more" / "x.j2").write_text("x\n")
    second = facts.pack_of(fleet)
    (pack / "more" / "x.j2").rename(pack / "more" / "y.j2")
    assert len({first.sha256, second.sha256, facts.pack_of(fleet).sha256, ""}) == 4
    assert facts.pack_of(replace(fleet, code=replace(FLEET.code, pack="./none"))).sha256 == ""
