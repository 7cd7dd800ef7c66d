"""Ecosystem files of pm2 become profiles: checked ones, without a secret in them, with nothing lost silently."""

from __future__ import annotations

import shlex
import shutil
import stat
import sys
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from netctl import packs, profile
from netctl.cli.selection import Words, load_fleet
from netctl.ecosystem.commands import Option, command_of, role_of
from netctl.ecosystem.restarting import restart_of
from netctl.fleet import Fleet
from netctl.render.fleet import render_fleet
from tests.cli.program import Ended, call

pytestmark = pytest.mark.fast
SAMPLES = Path(__file__).parent / "ecosystems"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
WRITTEN_OUT = ["rapid-1-9f8e7d6c", "rapid-2-9f8e7d6c", "rapid-v-9f8e7d6c", "pa55word", "abcdef0123"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The samples, in a checkout called subnet."""
    shutil.copytree(SAMPLES, tmp_path / "subnet")
    monkeypatch.chdir(tmp_path / "subnet")
    return tmp_path / "subnet"


@pytest.fixture
def without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def imported(capsys: pytest.CaptureFixture[str], *words: str) -> Ended:
    done = call(capsys, "profile", "import", *words)
    assert done.code == 0, done.err
    return done


def fleet_of(path: Path) -> Fleet:
    return load_fleet(path, Words(path))


def test_a_file_as_a_guide_ships_it_runs_with_a_pack_of_its_own(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "venv" / "bin").mkdir(parents=True)
    (place / "venv" / "bin" / "python3").symlink_to(sys.executable)
    imported(capsys, "forecast.config.js", "-o", "forecast.yaml")
    fleet = fleet_of(place / "forecast.yaml")
    miner, validator = fleet.neurons
    assert (fleet.name, fleet.network.kind, fleet.netuid) == ("forecast", "test", 247)
    assert (fleet.code.path, fleet.code.python) == (place, place / "venv/bin/python3")
    assert (miner.name, miner.role, miner.wallet, miner.hotkey) == ("forecast-miner", "miner", "cold_a", "hot_a")
    assert (miner.axon_port, miner.existing) == (9101, True)
    assert dict(miner.args) == {"logging.debug": None, "logging.trace": None, "blacklist.validator.min_stake": "0"}
    assert (validator.role, validator.wallet, dict(validator.args)) == (
        "validator",
        "cold_v",
        {"neuron.sample_size": "-1"},
    )
    rendered = render_fleet(fleet, packs.load(fleet.code.pack, place), {"WANDB_API_KEY": "w"})
    assert rendered.blocked == ()
    one = rendered.of("forecast-miner")
    assert one is not None
    assert one.argv[:2] == (str(place / "venv/bin/python3"), str(place / "neurons/miner.py"))
    given = dict(zip(one.argv[2:-1], one.argv[3:], strict=True))
    assert (given["--netuid"], given["--wallet.hotkey"], given["--axon.port"]) == ("247", "hot_a", "9101")
    assert one.public["PYTHONPATH"] == str(place)


def test_what_cannot_be_said_is_told_and_kept_as_a_comment(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = imported(capsys, "forecast.config.js")
    for words in (
        "autoupdate: bash ./scripts/autoupdate.sh runs no Python program that can be seen: left out",
        "--blacklist.validator_exceptions 0 1 8 17: an option of a profile has one value",
        "instances 2: they would share one hotkey",
        "cron_restart 0 */6 * * * (validator)",
        "max_memory_restart 1G (forecast miner)",
    ):
        assert f"note: {words}" in done.err or words in done.err
        assert any(words in line for line in done.out.splitlines() if line.startswith("#"))


@needs_node
def test_a_computed_file_comes_to_what_pm2_would_start(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINERS", "2")
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_shell")
    monkeypatch.setenv("UNRELATED", "of-the-shell")
    done = imported(capsys, "listings.config.js", "-o", "listings.yaml", "--env-file", "secrets.env")
    text = (place / "listings.yaml").read_text()
    fleet = fleet_of(place / "listings.yaml")
    assert [neuron.name for neuron in fleet.neurons] == ["miner_1", "miner_2", "validator_1"]
    assert fleet.code.pack == "resi"
    second = fleet.neurons[1]
    assert (second.wallet, second.hotkey, second.axon_port) == ("listings_miner_2", "hotkey_2", 8092)
    assert dict(second.args)["neuron.database_name"] == str(place / "Miner2.sqlite")
    assert dict(second.env) == {
        "MINER_EVAL_PERIOD_MINUTES": "5",
        "RAPIDAPI_KEY": "$RAPIDAPI_KEY_MINER_2",
        "HF_TOKEN": "$HF_TOKEN",
        "STORE_URL": "$STORE_URL",
        "REVISION": "1a2b3c4",
        "PRICE": "5$$ each",
    }
    for secret in (*WRITTEN_OUT, "hf_of_the_shell", "of-the-shell"):
        assert secret not in text + done.out + done.err
    env = place / "secrets.env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert dotenv_values(env, interpolate=False) == {
        "RAPIDAPI_KEY_MINER_1": "rapid-1-9f8e7d6c",
        "RAPIDAPI_KEY_MINER_2": "rapid-2-9f8e7d6c",
        "RAPIDAPI_KEY_VALIDATOR_1": "rapid-v-9f8e7d6c",
        "STORE_URL": "postgres://listings:pa55word@db.example.org/listings",
    }
    assert "--wandb.api_key looks like a secret" in text


@pytest.mark.parametrize(
    ("said", "restart"),
    [
        ({"watch": False}, {}),
        ({"autorestart": True}, {"when": "always"}),
        ({"autorestart": False, "max_restarts": 3}, {"when": "never"}),
        ({"stop_exit_codes": [0, 3]}, {"when": "on-failure"}),
        (
            {"restart_delay": 5000, "max_restarts": 50, "min_uptime": "30s"},
            {"when": "always", "backoff": "5000ms", "most": "5000ms", "tries": 50, "window": "1500000ms"},
        ),
        ({"exp_backoff_restart_delay": 100}, {"when": "always", "backoff": "100ms", "most": "15000ms"}),
    ],
)
def test_how_pm2_starts_again_becomes_the_restart_policy(said: dict[str, object], restart: dict[str, object]) -> None:
    assert restart_of(said) == restart


@needs_node
def test_a_restart_policy_reaches_the_fleet(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, "listings.config.js", "-o", "listings.yaml")
    policy = fleet_of(place / "listings.yaml").neurons[0].restart
    assert (policy.when, policy.backoff_s, policy.most_s, policy.tries) == ("always", 5.0, 5.0, 50)


@needs_node
def test_an_env_block_is_taken_when_it_is_asked_for(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = yaml.safe_load(imported(capsys, "listings.config.js", "--env", "production").out)
    assert document["validators"][0]["env"]["MINER_EVAL_PERIOD_MINUTES"] == "60"
    assert document["miners"][0]["env"]["MINER_EVAL_PERIOD_MINUTES"] == "5"


def test_shells_modules_endpoints_and_twins_are_understood(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = imported(capsys, "grid.config.yaml", "--name", "grid")
    document = yaml.safe_load(done.out)
    assert (document["network"], document["netuid"]) == ("ws://127.0.0.1:9944", 8)
    assert document["neurons"] == {"path": "/srv/grid", "pack": "./grid-pack", "python": "/srv/grid/venv/bin/python"}
    assert [(each["name"], each["hotkey"]) for each in document["miners"]] == [
        ("Grid-Miner", "one"),
        ("Grid-Miner-2", "two"),
    ]
    assert document["defaults"] == {"env": {"GRID_MODE": "fast"}}
    assert "hotkey g/two is Grid-Miner-2's already" in done.err
    assert "--axon.port 80 cannot be had" in done.err
    assert "runs grid/miner.py; a pack has one program for each role" in done.err


def test_plain_values_are_read_without_node(
    place: Path, capsys: pytest.CaptureFixture[str], without_node: None
) -> None:
    done = imported(capsys, "forecast.config.js")
    assert "read without node" in done.err
    assert [each["wallet"] for each in yaml.safe_load(done.out)["miners"]] == ["cold_a"]


def test_a_computed_file_without_node_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], without_node: None
) -> None:
    done = call(capsys, "profile", "import", "listings.config.js")
    assert (done.code, done.out) == (4, "")
    assert "install node" in done.err


def test_json_with_comments_is_taken_as_pm2_takes_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "a.json").write_text(
        "// mine\n{apps: [{name: 'm', script: 'miner.py', args: '--netuid 3 --wallet.name w', }]}"
    )
    document = yaml.safe_load(imported(capsys, "a.json").out)
    assert (document["netuid"], document["network"]) == (3, "finney")
    assert document["miners"] == [{"name": "m", "wallet": "w", "hotkey": "default", "existing": True}]


@needs_node
def test_several_files_make_one_fleet(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = "module.exports = {apps: [{name: '%s', script: 'neurons/%s.py', args: '--netuid 3 --wallet.name %s'}]}"
    (place / "miner.config.js").write_text(one % (("miner",) * 3))
    (place / "validator.config.js").write_text(one % (("validator",) * 3))
    document = yaml.safe_load(imported(capsys, "miner.config.js", "validator.config.js").out)
    assert (len(document["miners"]), len(document["validators"])) == (1, 1)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("v.json", "[{script: 'validator.py', args: '--netuid 3'}]", "no miner among the apps"),
        ("n.json", "[{script: 'miner.py'}]", "no app says --netuid"),
        (
            "t.json",
            "[{script: 'miner.py', args: '--netuid 3'}, {script: 'a/miner.py', args: '--netuid 4'}]",
            "apps of several subnets: 3, 4",
        ),
        ("e.json", "{apps: []}", "no app in it"),
        ("b.json", "{apps: ", "b.json"),
        ("b.yaml", "apps: [", "b.yaml"),
        pytest.param("throw.config.js", "throw new Error('no .env here')", "node says: no .env here", marks=needs_node),
        ("missing.config.js", None, "missing.config.js"),
    ],
)
def test_a_file_that_is_no_fleet_is_refused_in_words(
    place: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (place / name).write_text(text)
    done = call(capsys, "profile", "import", name)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "hint: " in done.err


@needs_node
def test_a_file_that_does_not_end_is_not_waited_for(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netctl.adapters.ecosystem.PATIENCE_S", 0.5)
    (place / "loop.config.js").write_text("while (true) {}")
    done = call(capsys, "profile", "import", "loop.config.js")
    assert done.code == 2
    assert "did not end within 0.5 s" in done.err


def test_nothing_is_written_over(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "mine.yaml").write_text("mine")
    before = set(place.iterdir())
    words = ("--env-file", "new.env", "-o", "mine.yaml")
    done = call(capsys, "profile", "import", "forecast.config.js", *words)
    assert done.code == 2
    assert (place / "mine.yaml").read_text() == "mine"
    assert set(place.iterdir()) == before


def test_the_result_is_what_validate_takes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, sample in enumerate(sorted(place.glob("[fg]*.config.*"))):
        imported(capsys, sample.name, "-o", f"p{number}.yaml")
        profile.load(place / f"p{number}.yaml", packs=packs.pack_names())
        assert call(capsys, "profile", "validate", f"p{number}.yaml").code == 0


@pytest.mark.parametrize(
    ("words", "program", "runner", "options", "strays"),
    [
        ("python a/miner.py --x 1 --y", "a/miner.py", ("python",), (("x", ("1",)), ("y", ())), ()),
        ("uv run miner.py --a=1=2", "miner.py", ("uv", "run"), (("a", ("1=2",)),), ()),
        ("torchrun --nproc_per_node 4 neurons/miner.py --n -1", "neurons/miner.py", None, (("n", ("-1",)),), ()),
        ("python -m pkg.miner --l 1 2 3", "pkg.miner", ("python",), (("l", ("1", "2", "3")),), ()),
        ("python miner.py -v 3 --a b", "miner.py", ("python",), (("a", ("b",)),), ("-v", "3")),
        ("bash -c 'cd x; exec python miner.py --a'", "miner.py", ("python",), (("a", ()),), ()),
        ("./start.sh --a 1", None, ("./start.sh",), (("a", ("1",)),), ()),
    ],
)
def test_a_command_line_is_read(
    words: str,
    program: str | None,
    runner: tuple[str, ...] | None,
    options: tuple[tuple[str, tuple[str, ...]], ...],
    strays: tuple[str, ...],
) -> None:
    found = command_of(shlex.split(words))
    assert (found.program, found.options, found.strays) == (program, tuple(Option(*each) for each in options), strays)
    assert runner is None or found.runner == runner


@pytest.mark.parametrize(
    ("words", "name", "role"),
    [
        (["python", "neurons/miner.py"], "x", "miner"),
        (["python", "validator.py"], "my-miner", "validator"),
        (["python", "-m", "subnet.vali"], "x", "validator"),
        (["python", "run.py", "--neuron_type", "validator"], "x", "validator"),
        (["python", "run.py"], "sn13-miner", "miner"),
        (["python", "autopilot.py"], "autopilot", None),
    ],
)
def test_a_role_is_told_by_the_program_then_an_option_then_the_name(
    words: list[str], name: str, role: str | None
) -> None:
    assert role_of(command_of(words), name) == role
