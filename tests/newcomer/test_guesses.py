"""The pack and the profile that are guessed of a checkout: they load, they say why, and they run the right thing."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from netctl import packs
from netctl.cli.selection import Words, load_fleet
from netctl.fleet import Fleet
from netctl.newcomer.annotated import Remark, entry, text_of
from netctl.newcomer.beginning import Beginning, begun
from netctl.newcomer.facts import Place, Said
from netctl.newcomer.meanings import meaning_of
from netctl.newcomer.profile import Wish
from netctl.newcomer.reading import read_checkout
from netctl.newcomer.suggestions import signals_of
from netctl.render.fleet import RenderedFleet, render_fleet
from tests.newcomer.trees import LAYOUTS, NAMES, copied, uncommented, written

pytestmark = pytest.mark.fast
RUN = "if __name__ == '__main__':\n    pass\n"
KEY = "0x" + "5e" * 32


def laid(place: Path, checkout: Path, wish: Wish | None = None, *, changed: Any = None) -> tuple[Beginning, Path]:
    """The beginning of a checkout, on disk; returns the profile with it."""
    beginning = begun(read_checkout(checkout), place, wish)
    for target in beginning.targets:
        path = place / target.path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = target.content.decode()
        path.write_text(changed(text) if changed is not None else text)
    return beginning, place / beginning.profile.path


def fleet_of(profile: Path, *, rehearse: bool = False) -> Fleet:
    return load_fleet(profile, Words(profile, rehearse))


def rendered(fleet: Fleet, **operator: str) -> RenderedFleet:
    return render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), operator)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_guessed_of_a_layout_loads_and_renders(tmp_path: Path, name: str) -> None:
    code = copied(name, tmp_path / name)
    _, profile = laid(tmp_path / "fleet", code, Wish("first", python=Path(sys.executable)))
    fleet = fleet_of(profile)
    assert (fleet.code.path, fleet.code.python) == (code, Path(sys.executable))
    found = rendered(fleet)
    assert found.blocked == ()
    for neuron in fleet.neurons:
        one = found.of(neuron.name)
        assert one is not None
        given = set(one.argv)
        assert {neuron.wallet, neuron.hotkey, str(neuron.axon_port), str(fleet.wallet_path)} <= given
        assert one.argv[0] == sys.executable
        assert Path(one.argv[1]).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_rehearsal_runs_the_code_itself_where_it_has_an_interpreter(tmp_path: Path, name: str) -> None:
    code = copied(name, tmp_path / name)
    beginning, profile = laid(tmp_path / "without", code)
    assert not beginning.rehearses_code
    assert fleet_of(profile, rehearse=True).code.pack == "rehearsal"
    (code / ".venv" / "bin").mkdir(parents=True)
    (code / ".venv" / "bin" / "python").symlink_to(sys.executable)
    beginning, profile = laid(tmp_path / "with", code)
    assert beginning.rehearses_code
    fleet = fleet_of(profile, rehearse=True)
    assert (fleet.code.path, fleet.code.python) == (code, code / ".venv" / "bin" / "python")
    assert rendered(fleet).blocked == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_suggestion_can_be_uncommented(tmp_path: Path, name: str) -> None:
    code = copied(name, tmp_path / name)
    _, profile = laid(tmp_path / "fleet", code, changed=uncommented)
    fleet = fleet_of(profile, rehearse=True)
    assert fleet.code.path == code  # the suggested section `rehearsal:` counts
    pack = packs.load(fleet.code.pack, profile.parent)
    assert pack.spec.roles["miner"].signals
    assert len(pack.spec.roles["miner"].probes) == 3
    assert fleet.neurons[0].args


@pytest.mark.parametrize("name", NAMES)
def test_each_guess_stands_below_the_place_that_it_was_read_at(tmp_path: Path, name: str) -> None:
    beginning, _ = laid(tmp_path, LAYOUTS / name)
    texts = "\n".join(target.content.decode() for target in beginning.targets)
    plain = " ".join(texts.replace("#", " ").split())
    for guess in beginning.guesses:
        assert " ".join(f"{guess.place} ({guess.certainty}): {guess.why}".split()) in plain, guess
        if guess.place.file.startswith("--"):
            continue
        assert guess.place.line <= len((LAYOUTS / name / guess.place.file).read_text().split("\n"))
    pack = yaml.safe_load(beginning.pack[0].content)
    lines = beginning.pack[0].content.decode().split("\n")
    for role in pack["roles"].values():
        for option in role["options"]:
            before = [lines[number - 1] for number, line in enumerate(lines) if line.strip().startswith(f"{option}:")]
            assert before
            assert all(line.strip().startswith("#") for line in before)


def test_the_database_and_the_state_of_two_miners_are_their_own(tmp_path: Path) -> None:
    code = copied("listings-universe", tmp_path / "code")
    _, profile = laid(tmp_path / "fleet", code, Wish("first", python=Path(sys.executable)))
    fleet = fleet_of(profile)
    claimed = [set(one.claims.paths()) | set(map(str, one.claims.ports())) for one in rendered(fleet).rendered]
    names = [{Path(path).name for path in each} for each in claimed]
    assert all({"ListingsStorage.sqlite", "state_file.json"} <= each for each in names[:2])
    assert not claimed[0] & claimed[1]
    assert not claimed[0] & claimed[2]


def test_files_that_are_written_where_it_runs_are_told(tmp_path: Path) -> None:
    beginning, _ = laid(tmp_path, LAYOUTS / "bare")
    told = "Each neuron runs in a directory of its own, and writes there (certain): seen.json (miner.py:"
    assert told in beginning.pack[0].content.decode()


def test_files_in_the_checkout_are_told_of(tmp_path: Path) -> None:
    text = f"from pathlib import Path\n(Path(__file__).parent / 'seen.json').write_text('x')\n{RUN}"
    beginning, _ = laid(tmp_path / "fleet", written(tmp_path / "code", miner_py=text))
    assert "miner.py:2: it writes seen.json into the checkout, which all neurons share" in beginning.notes


def test_the_stake_that_miners_ask_for_is_lowered_off_the_public_networks_only(tmp_path: Path) -> None:
    code = copied("listings-universe", tmp_path / "code")
    _, profile = laid(tmp_path / "fleet", code, Wish("first", python=Path(sys.executable)))
    public, rehearsed = (rendered(fleet_of(profile, rehearse=rehearse)).of("miner_1") for rehearse in (False, True))
    assert public is not None
    assert "--vpermit_rao_limit" not in public.argv
    assert rehearsed is not None
    assert rehearsed.argv[rehearsed.argv.index("--vpermit_rao_limit") + 1] == "100"
    assert fleet_of(profile).validators[0].stake_rao > 100 * 10**9


def test_what_could_keep_a_good_neuron_from_being_ready_is_only_suggested(tmp_path: Path) -> None:
    beginning, _ = laid(tmp_path, LAYOUTS / "subnet-template")
    roles = yaml.safe_load(beginning.pack[0].content)["roles"]
    assert roles["miner"]["ready"] == {"port": True}
    # It announces an axon and never starts it: nobody listens there.
    assert "ready" not in roles["validator"]
    assert not any("action" in probe for role in roles.values() for probe in role["probes"])


def test_the_subnet_s_number_is_the_one_that_is_shown_for_the_test_network(tmp_path: Path) -> None:
    def netuid(place: str, readme: str) -> int:
        text = f"import argparse\nargparse.ArgumentParser().add_argument('--netuid', type=int, default=5)\n{RUN}"
        code = written(tmp_path / place, miner_py=text, README_md=readme)
        found: int = yaml.safe_load(begun(read_checkout(code), tmp_path).profile.content)["netuid"]
        return found

    mainnet = "python miner.py --netuid 46 --subtensor.network finney\n"
    assert netuid("a", f"{mainnet}\n\n    python miner.py --subtensor.network test --netuid 428\n") == 428
    assert netuid("b", mainnet) == 46
    assert netuid("c", "") == 5


def test_secrets_are_named_and_never_copied(tmp_path: Path) -> None:
    text = f"import os\nKEY = os.environ['LISTINGS_API_KEY']\nurl = os.environ['STORE_URL']\n{RUN}"
    example = f"LISTINGS_API_KEY={KEY}\nSTORE_URL=postgres://me:pa55word@db.example.org/x\nOTHER_TOKEN=abc123secret\n"
    code = written(tmp_path / "code", miner_py=text)
    (code / ".env.example").write_text(example)
    (code / "README.md").write_text(f"    python miner.py --netuid 3 --wandb.api_key abc123secret --seed {KEY}\n")
    beginning, profile = laid(tmp_path / "fleet", code)
    assert beginning.wanted == ("LISTINGS_API_KEY", "STORE_URL")
    for target in beginning.targets:
        for secret in (KEY, "pa55word", "abc123secret"):
            assert secret not in target.content.decode()
    assert dict(fleet_of(profile).neurons[0].env) == {
        "LISTINGS_API_KEY": "$LISTINGS_API_KEY",
        "STORE_URL": "$STORE_URL",
    }
    assert "# OTHER_TOKEN: $OTHER_TOKEN" in profile.read_text()


def test_a_miner_whose_port_cannot_be_told_is_one(tmp_path: Path) -> None:
    text = (
        "from http.server import HTTPServer\nimport argparse\n"
        "p = argparse.ArgumentParser()\np.add_argument('--hotkey')\np.add_argument('--model', required=True)\n"
        f"HTTPServer(('', 9000), None)\n{RUN}"
    )
    beginning, profile = laid(tmp_path / "fleet", written(tmp_path / "code", miner_py=text))
    assert len(fleet_of(profile).miners) == 1
    told = "\n".join(beginning.notes)
    assert "miner.py:6: it listens, and no option was found for its port" in told
    assert "miner.py:5: --model must be given" in told
    assert "no option or variable was found that tells it the subnet's number" in told
    head = beginning.pack[0].content.decode().split("pack:")[0]
    assert "--model must be given" in " ".join(head.replace("#", " ").split())


def test_what_only_the_environment_tells_comes_from_the_pack(tmp_path: Path) -> None:
    text = (
        f"import os\nname = os.getenv('WALLET_NAME')\nkey = os.environ['HOTKEY']\nport = os.environ['AXON_PORT']\n{RUN}"
    )
    code = written(tmp_path / "code", miner_py=text)
    _, profile = laid(tmp_path / "fleet", code, Wish("first", python=Path(sys.executable)))
    fleet = fleet_of(profile)
    one = rendered(fleet).of("miner_1")
    assert one is not None
    assert one.environ["WALLET_NAME"] == "first_miner_1"
    assert one.environ["HOTKEY"] == "default"
    assert one.environ["AXON_PORT"] == str(fleet.neurons[0].axon_port)
    assert fleet.neurons[0].env == ()


def test_a_validator_that_asks_others_on_an_older_bittensor_gets_the_shim(tmp_path: Path) -> None:
    asks = f"import bittensor as bt\nd = bt.dendrite()\n{RUN}"

    def files(place: str, requirement: str) -> list[str]:
        code = written(tmp_path / place, neurons__miner_py=RUN, neurons__validator_py=asks)
        (code / "requirements.txt").write_text(requirement)
        beginning, profile = laid(tmp_path / f"{place}-fleet", code)
        packs.load(fleet_of(profile).code.pack, profile.parent)
        return [target.path.rpartition("/")[2] for target in beginning.pack]

    assert files("old", "bittensor==9.9.0\n") == ["pack.yaml", "sitecustomize.py"]
    assert files("any", "bittensor\n") == ["pack.yaml", "sitecustomize.py"]
    assert files("new", "bittensor>=11.3,<12\n") == ["pack.yaml"]


def test_what_two_options_could_say_is_said_once_and_by_the_surer(tmp_path: Path) -> None:
    names = ("--coldkey", "--wallet.name", "--network", "--subtensor.network", "--subtensor.chain_endpoint", "--ws")
    added = "".join(f"p.add_argument('{name}')\n" for name in names)
    code = written(tmp_path / "code", miner_py=f"import argparse\np = argparse.ArgumentParser()\n{added}{RUN}")
    beginning, profile = laid(tmp_path / "fleet", code)
    assert list(yaml.safe_load(beginning.pack[0].content)["roles"]["miner"]["options"]) == [
        "--wallet.name",
        "--subtensor.network",
    ]
    assert "#   coldkey: ''" in profile.read_text()


def test_a_program_of_modules_is_run_by_its_module(tmp_path: Path) -> None:
    code = written(tmp_path / "code", src__net__miner_py=f"from .config import X\n{RUN}", src__net__config_py="X = 1")
    beginning, _ = laid(tmp_path / "fleet", code)
    role = yaml.safe_load(beginning.pack[0].content)["roles"]["miner"]
    assert role["program"] == ["{{ code.python }}", "-m", "net.miner"]
    assert role["env"]["PYTHONPATH"].split(":")[0] == "{{ code.path }}/src"


@pytest.mark.parametrize("name", ["My Subnet!", "-rehearsal", "résumé", "a" * 200, "true"])
def test_any_directory_s_name_becomes_a_fleet_s(tmp_path: Path, name: str) -> None:
    code = written(tmp_path / name, miner_py=RUN)
    _, profile = laid(tmp_path / "fleet", code)
    assert fleet_of(profile).code.path == code


@pytest.mark.parametrize(
    ("option", "thing", "certainty"),
    [
        ("--wallet.name", "wallet", "certain"),
        ("--wallet-name", "wallet", "certain"),
        ("--coldkey", "wallet", "likely"),
        ("BT_WALLET_HOTKEY", "hotkey", "certain"),
        ("--axon.port", "axon port", "certain"),
        ("--port", "axon port", "likely"),
        ("--ws-url", "endpoint", "likely"),
    ],
)
def test_an_option_is_known_by_its_name(option: str, thing: str, certainty: str) -> None:
    known = meaning_of(option)
    assert known is not None
    assert (known[0].name, known[1]) == (thing, certainty)


@pytest.mark.parametrize("option", ["--neuron.name", "--name", "--path", "--model.port_count", "--validator.hotkeys"])
def test_an_option_that_could_mean_anything_means_nothing(option: str) -> None:
    assert meaning_of(option) is None


def said(text: str, *filled: str) -> Said:
    return Said("info", tuple(text.split("{}")), filled, Place("miner.py", 1))


def test_a_line_of_the_log_becomes_a_signal_with_fields() -> None:
    ((_, signal),) = signals_of([said("Evaluated Miner {}. Score={}.", "uid", "f(x)")])
    assert (signal["name"], signal["fields"]) == ("evaluated_miner_score", {"uid": "uid", "score": "number"})
    match = re.search(signal["match"], "Evaluated Miner 7. Score=1e-38.")
    assert match is not None
    assert match.groupdict() == {"uid": "7", "score": "1e-38"}


@pytest.mark.parametrize(
    "line", [said("{}", "text"), said("ok {}", "x"), said(f"the key is {KEY} and nothing else"), said("----------")]
)
def test_a_line_that_cannot_be_known_again_is_not_suggested(line: Said) -> None:
    assert signals_of([line]) == ()


def test_lines_alike_are_suggested_once_and_names_differ() -> None:
    found = signals_of(
        [said("Upload of {} began", "a"), said("Upload of {} began", "a"), said("Upload of began {}", "b")]
    )
    assert [signal["name"] for _, signal in found] == ["upload_of_began", "upload_of_began_2"]


def test_a_comment_stands_above_its_value_and_what_is_off_is_a_comment_whole() -> None:
    text = text_of(
        [
            entry("a", "true", "why\nso"),
            entry(
                "b", [entry(None, [entry("c", [1, 2], "below"), entry("d", "x: y")]), entry(None, {"e": 1}, off=True)]
            ),
            Remark(""),
            entry("f", [entry("g", "{{ x }}", "remark")], off=True),
        ]
    )
    assert text.split("# f:")[0] == (
        "# why so\na: 'true'\nb:\n  # below\n  - c: [1, 2]\n    d: 'x: y'\n  # - {e: 1}\n\n"
    )
    assert text.endswith('# f:\n#   # remark\n#   g: "{{ x }}"\n')
    assert yaml.safe_load(text) == {"a": "true", "b": [{"c": [1, 2], "d": "x: y"}]}
