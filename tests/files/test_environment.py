"""A neuron's environment: complete, exact, and closed about its secrets."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from dotenv import dotenv_values

from netctl import packs
from netctl.fleet import Fleet
from netctl.render.difference import diff_text, shown
from netctl.render.neuron import Rendered, Rendering, render
from netctl.render.sources import read_sources
from tests.files.conftest import OPERATOR, a_fleet, a_neuron, a_resi_fleet

pytestmark = pytest.mark.fast
STATE = Path("/work/.netctl/trial-rehearsal")


def rendering(fleet: Fleet, operator: dict[str, str] | None = None) -> Rendering:
    pack = packs.load(fleet.code.pack)
    return render(fleet, fleet.neurons[0], pack, OPERATOR if operator is None else operator, read_sources(fleet, pack))


def rendered(fleet: Fleet, operator: dict[str, str] | None = None) -> Rendered:
    found = rendering(fleet, operator)
    assert found.rendered is not None, found.blocked
    return found.rendered


def env_text(one: Rendered) -> str:
    return one.files[0].content.decode()


def values(one: Rendered) -> dict[str, str | None]:
    return dict(dotenv_values(stream=io.StringIO(env_text(one)), interpolate=False))


@pytest.mark.parametrize("name", ["miner_2", "validator_1"])
def test_the_env_file_is_as_reviewed(golden: Callable[[str, str], None], name: str) -> None:
    golden(f"rehearsal-{name}.env", env_text(rendered(a_fleet(STATE, a_neuron(name)))))


def test_nothing_of_the_operators_environment_leaks() -> None:
    found = values(rendered(a_fleet(STATE), {**OPERATOR, "AWS_SECRET": "x"}))
    assert "AWS_SECRET" not in found
    assert found["HOME"] == f"{STATE}/work/miner_2/home"
    assert "/operator" not in str(found["PATH"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$KEY", "v1"),
        ("${KEY}", "v1"),
        ("a-${KEY}-$OTHER", "a-v1-$KEY"),
        ("costs $$5", "costs $5"),
        ("$$KEY", "$KEY"),
        ('it\'s "odd" \\ #1', 'it\'s "odd" \\ #1'),
    ],
)
def test_operator_variables_are_resolved_once(text: str, expected: str) -> None:
    one = rendered(a_fleet(STATE, a_neuron(env=(("X", text),))), {"KEY": "v1", "OTHER": "$KEY"})
    assert values(one)["X"] == expected


def test_a_variable_that_the_operator_lacks_blocks_and_names_itself(tmp_path: Path, resi_checkout: Path) -> None:
    found = rendering(a_resi_fleet(tmp_path / "state", resi_checkout, a_neuron()), {})
    assert found.rendered is None
    assert [why.why for why in found.blocked] == ["$RAPIDAPI_KEY is not set in your environment"]


def test_stand_ins_start_without_the_operators_keys_and_say_so() -> None:
    found = rendering(a_fleet(STATE), {})
    assert found.rendered is not None
    assert "RAPIDAPI_KEY" not in values(found.rendered)
    assert "RAPIDAPI_KEY is left out" in found.notes[0]


def test_env_files_are_read_as_they_stand_and_the_profile_wins(tmp_path: Path) -> None:
    file = tmp_path / "keys.env"
    file.write_text("A=from-file\nB='$HOME and ${A}'\nexport C=3\n")
    one = rendered(a_fleet(STATE, a_neuron(env=(("A", "from-profile"),), env_files=(file,))))
    found = values(one)
    assert (found["A"], found["B"], found["C"]) == ("from-profile", "$HOME and ${A}", "3")
    assert "$HOME and ${A}" in one.secrets


def test_a_missing_env_file_blocks_a_real_fleet(tmp_path: Path, resi_checkout: Path) -> None:
    neuron = a_neuron(env_files=(tmp_path / "none.env",))
    found = rendering(a_resi_fleet(tmp_path / "state", resi_checkout, neuron))
    assert any("none.env cannot be read" in why.why for why in found.blocked)


def test_no_repr_and_no_argv_holds_a_secret() -> None:
    one = rendered(a_fleet(STATE))
    assert OPERATOR["RAPIDAPI_KEY"] in env_text(one)
    assert OPERATOR["RAPIDAPI_KEY"] not in repr(rendering(a_fleet(STATE)))
    assert OPERATOR["RAPIDAPI_KEY"] not in " ".join(one.argv) + one.session.spec_hash
    assert {file.mode for file in one.files} == {0o600}


def test_the_diff_masks_secrets_old_and_new(tmp_path: Path) -> None:
    fleet = a_fleet(tmp_path)
    before = rendered(a_fleet(tmp_path, a_neuron(env=(("OLD_TOKEN", "$OLD"), ("PLAIN", "1")))), {"OLD": "old-secret"})
    for file in before.files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(file.content)
    assert diff_text([before], tmp_path) == ""
    text = diff_text([rendered(fleet)], tmp_path)
    assert "-OLD_TOKEN=********" in text
    assert "+RAPIDAPI_KEY=********" in text
    assert "+export RAPIDAPI_KEY=********" in text
    assert "+MINER_EVAL_PERIOD_MINUTES=5" in text
    assert before.session.parts not in text
    assert '"parts": "..."' in text
    for secret in ("old-secret", OPERATOR["RAPIDAPI_KEY"]):
        assert secret not in text + shown(rendered(fleet), tmp_path)


def test_a_changed_secret_shows_as_a_change_without_its_value(tmp_path: Path) -> None:
    before, after = (rendered(a_fleet(tmp_path), {"RAPIDAPI_KEY": key}) for key in ("first-key", "second-key"))
    for file in before.files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(file.content)
    text = diff_text([after], tmp_path)
    assert "a secret's value changed" in text
    assert "first-key" not in text
    assert "second-key" not in text


def spec_hash(fleet: Fleet, operator: dict[str, str] | None = None) -> str:
    return rendered(fleet, operator).session.spec_hash


def test_the_hash_is_stable_and_moves_with_whatever_reaches_the_process(tmp_path: Path) -> None:
    base = spec_hash(a_fleet(STATE))
    assert base == spec_hash(a_fleet(STATE, title="another title"))
    config = tmp_path / "extra.json"
    config.write_text("{}")
    others = [
        spec_hash(a_fleet(STATE), {"RAPIDAPI_KEY": "another"}),
        spec_hash(a_fleet(STATE, a_neuron(env=()))),
        spec_hash(a_fleet(STATE, a_neuron(axon_port=8093))),
        spec_hash(a_fleet(STATE, a_neuron(args=(("max_targets", "10"),)))),
        spec_hash(a_fleet(STATE, a_neuron(files=(("extra.json", config),)))),
        spec_hash(a_fleet(STATE, time_scale=30.0)),
    ]
    assert len({base, *others}) == 1 + len(others)
