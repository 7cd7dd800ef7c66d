"""`netctl wallet list`, `backup` and `restore`: what they say, and what they refuse."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from netctl.adapters.keystore import SdkKeystore
from netctl.cli import main, passphrase
from netctl.cli.passphrase import VARIABLE
from netctl.errors import WalletError
from tests.cli.program import call
from tests.cli.terminal import on_a_terminal
from tests.ports import free_ports

PASSPHRASE = "correct horse battery staple"
PROFILE = """\
name: small
network: ws://203.0.113.1:9944
netuid: 428
wallet_path: wallets
neurons: {pack: rehearsal}
miners:
  - {name: miner_1, wallet: w1, hotkey: h1}
validators:
  - {name: validator_1, wallet: w2, hotkey: h2}
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wallets of PROFILE and one that it does not name; w1's coldkey is locked."""
    root = tmp_path_factory.mktemp("made") / "wallets"
    keys = SdkKeystore(root)
    keys.create_coldkey("w1", password="open sesame")
    for wallet in ("w2", "other"):
        keys.create_coldkey(wallet, password=None)
    for wallet, hotkey in (("w1", "h1"), ("w2", "h2"), ("other", "spare")):
        keys.create_hotkey(wallet, hotkey)
    return root


@pytest.fixture
def here(made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the profile and the wallets, and a passphrase in the environment."""
    shutil.copytree(made_once, tmp_path / "wallets")
    text = PROFILE.replace("203.0.113.1:9944", f"127.0.0.1:{free_ports(1)[0]}")
    (tmp_path / "small.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_PROFILE", "small.yaml")
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "state"))
    monkeypatch.setenv(VARIABLE, PASSPHRASE)
    # a ws:// address on loopback is a node of one's own, whose wallets lie in the state directory
    (tmp_path / "state/small-local").mkdir(parents=True)
    (tmp_path / "state/small-local/wallets").symlink_to(tmp_path / "wallets")
    return tmp_path


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


Capture = pytest.CaptureFixture[str]


def test_a_list_without_a_chain_says_so_and_shows_the_keys(here: Path, capsys: Capture) -> None:
    shown = call(capsys, "wallet", "list")
    assert shown.code == 0
    assert "without the chain, so nothing of TAO, stake or uids is known: " in shown.err
    rows = [line.split() for line in shown.out.splitlines()]
    keys = SdkKeystore(here / "wallets")
    assert rows[0] == ["key", "neuron", "free", "staked", "uid", "locked", "address"]
    assert rows[1] == ["w1", "?", "yes", keys.coldkey_ss58("w1")]
    assert rows[2] == ["h1", "miner_1", "?", "?", "no", keys.facts("w1", "h1").hotkey_ss58]
    assert rows[3][:3] == ["w2", "?", "no"]
    assert len(rows) == 5
    told = call(capsys, "wallet", "list", "--json").document
    assert told["chain_problem"]
    assert told["wallets"][0] | {"coldkey_path": "", "hotkey_path": ""} == {
        "neuron": "miner_1",
        "wallet": "w1",
        "hotkey": "h1",
        "coldkey_ss58": keys.coldkey_ss58("w1"),
        "hotkey_ss58": keys.facts("w1", "h1").hotkey_ss58,
        "coldkey_path": "",
        "hotkey_path": "",
        "coldkey_here": True,
        "hotkey_here": True,
        "coldkey_encrypted": True,
        "hotkey_encrypted": False,
        "free_tao": None,
        "staked": None,
        "registered": None,
        "odd": [],
    }
    assert told["wallets"][0]["hotkey_path"].endswith("/wallets/w1/hotkeys/h1")


def test_a_list_names_what_is_not_as_it_should_be(here: Path, capsys: Capture) -> None:
    (here / "wallets/w2/coldkey").chmod(0o640)
    (here / "wallets/w1/hotkeys/h1pub.txt").write_text("no key")
    (here / "wallets/w2/hotkeys/h2").unlink()
    shown = call(capsys, "wallet", "list")
    assert shown.code == 0
    assert "not as it should be: coldkey is 0640: chmod 600 " in shown.err
    assert "h1pub.txt is not a keyfile" in shown.err
    assert "public only" in shown.out


@pytest.mark.slow
def test_all_wallets_of_the_directory_are_listed_and_kept_on_request(here: Path, capsys: Capture) -> None:
    told = call(capsys, "wallet", "list", "--json", "--all").document
    assert [row["wallet"] for row in told["wallets"]] == ["w1", "w2", "other"]
    assert call(capsys, "wallet", "backup", "all", "--all").code == 0
    assert call(capsys, "wallet", "restore", "all", "--wallet-path", "new", "--yes").code == 0
    assert files_below(here / "new") == files_below(here / "wallets")


@pytest.mark.slow
def test_what_was_kept_is_put_back_and_put_back_twice_is_nothing(here: Path, capsys: Capture) -> None:
    kept = call(capsys, "wallet", "backup", "kept")
    assert kept.code == 0
    assert "coldkey of w1: 5" in kept.out
    assert "(keeps its password)" in kept.out
    assert "4 secret keys" in kept.err
    assert stat.S_IMODE((here / "kept").stat().st_mode) == 0o600
    before = files_below(here / "wallets")
    moved = (here / "wallets/w1").rename(here / "moved")
    dry = call(capsys, "wallet", "restore", "kept", "--dry-run")
    assert dry.code == 0
    assert "coldkey of w1: put back (keeps its password)" in dry.out
    assert "w2/h2: is here" in dry.out
    assert not (here / "wallets/w1").exists()
    asked = call(capsys, "wallet", "restore", "kept")
    assert (asked.code, (here / "wallets/w1").exists()) == (7, False)
    assert call(capsys, "wallet", "restore", "kept", "--yes").code == 0
    assert files_below(here / "wallets") == before
    assert files_below(moved) == files_below(here / "wallets/w1")
    again = call(capsys, "wallet", "restore", "kept", "--json")
    assert again.code == 0
    assert {key["doing"] for key in again.document["keys"]} == {"same"}
    assert files_below(here / "wallets") == before


@pytest.mark.slow
def test_another_key_of_the_same_name_stops_all_of_it(here: Path, capsys: Capture) -> None:
    assert call(capsys, "wallet", "backup", "kept").code == 0
    shutil.rmtree(here / "wallets/w1")
    shutil.rmtree(here / "wallets/w2")
    SdkKeystore(here / "wallets").create_hotkey("w2", "h2")
    before = files_below(here / "wallets")
    refused = call(capsys, "wallet", "restore", "kept", "--yes")
    assert refused.code == 5
    assert "error: " in refused.err
    assert "w2/h2: 5" in refused.err
    assert files_below(here / "wallets") == before


@pytest.mark.slow
def test_a_backup_for_a_box_holds_no_coldkey(here: Path, capsys: Capture) -> None:
    kept = call(capsys, "wallet", "backup", "kept", "--no-coldkey", "--json").document
    coldkeys, hotkeys = kept["keys"][0::2], kept["keys"][1::2]
    assert [(key["hotkey"], key["secret"]) for key in coldkeys] == [(None, False)] * 2
    assert [(key["hotkey"], key["secret"]) for key in hotkeys] == [("h1", True), ("h2", True)]
    assert call(capsys, "wallet", "restore", "kept", "--wallet-path", "box", "--yes").code == 0
    assert sorted(files_below(here / "box")) == [
        f"{wallet}/{name}"
        for wallet, hotkey in (("w1", "h1"), ("w2", "h2"))
        for name in ("coldkeypub.txt", f"hotkeys/{hotkey}", f"hotkeys/{hotkey}pub.txt")
    ]
    assert call(capsys, "wallet", "restore", "kept", "--yes").code == 0, "the whole wallets have these keys"


@pytest.mark.slow
def test_one_neuron_s_keys_are_kept_alone(here: Path, capsys: Capture) -> None:
    kept = call(capsys, "wallet", "backup", "kept", "--neuron", "miner_1", "--json").document
    assert [(key["wallet"], key["hotkey"]) for key in kept["keys"]] == [("w1", None), ("w1", "h1")]
    assert call(capsys, "wallet", "backup", "other", "--neuron", "miner_7").code == 2
    assert call(capsys, "wallet", "backup", "other", "--neuron", "miner_1", "--all").code == 2


def test_a_backup_that_would_lack_a_key_is_not_made(here: Path, capsys: Capture) -> None:
    (here / "wallets/w1/coldkey").unlink()
    (here / "wallets/w2/hotkeys/h2").unlink()
    refused = call(capsys, "wallet", "backup", "kept")
    assert refused.code == 5
    assert "the secret of coldkey of w1, hotkey w2/h2" in refused.err
    assert "netctl wallet create" in refused.err
    assert not (here / "kept").exists()
    SdkKeystore(here / "spare").create_hotkey("w2", "h2")
    shutil.copy(here / "spare/w2/hotkeys/h2", here / "wallets/w2/hotkeys/h2")
    assert "--no-coldkey keeps" in call(capsys, "wallet", "backup", "kept").err
    assert call(capsys, "wallet", "backup", "kept", "--no-coldkey").code == 0


def test_nothing_is_overwritten_and_nobody_is_asked_first(here: Path, capsys: Capture) -> None:
    (here / "kept").write_text("mine")
    refused = call(capsys, "wallet", "backup", "kept")
    assert (refused.code, (here / "kept").read_text()) == (5, "mine")
    assert "kept is there already" in refused.err
    assert call(capsys, "wallet", "backup", "nowhere/kept").code == 5


@pytest.mark.slow
def test_the_passphrase_may_come_from_a_file_and_never_from_the_line(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    refused = call(capsys, "wallet", "backup", "kept")
    assert refused.code == 5
    assert VARIABLE in refused.err
    (here / "words").write_text(f"{PASSPHRASE}\nand another line\n")
    assert call(capsys, "wallet", "backup", "kept", "--passphrase-file", "words").code == 0
    monkeypatch.setenv(VARIABLE, PASSPHRASE)
    assert call(capsys, "wallet", "restore", "kept", "--yes").code == 0
    monkeypatch.setenv(VARIABLE, "another passphrase")
    wrong = call(capsys, "wallet", "restore", "kept", "--yes")
    assert wrong.code == 5
    assert "does not open the backup" in wrong.err
    assert "another passphrase" not in wrong.err
    for words in (["--passphrase", PASSPHRASE], [f"--passphrase={PASSPHRASE}"]):
        assert call(capsys, "wallet", "backup", "new", *words).code == 2
    (here / "empty").write_text("\n")
    for file in ("empty", "none", "wallets"):
        assert call(capsys, "wallet", "backup", "new", "--passphrase-file", file).code == 2
    monkeypatch.setenv(VARIABLE, "short")
    assert call(capsys, "wallet", "backup", "new").code == 5
    assert not (here / "new").exists()


def test_what_is_no_backup_is_refused(here: Path, capsys: Capture) -> None:
    for name in ("small.yaml", "none", "wallets"):
        refused = call(capsys, "wallet", "restore", name, "--yes")
        assert refused.code == 5, name


@pytest.mark.slow
def test_on_a_terminal_the_passphrase_is_typed_twice_and_not_shown(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    ask, again = "Passphrase for the backup: ", "The same once more: "
    differing = [(ask, "short\n"), (ask, f"{PASSPHRASE}\n"), (again, "something else\n")]
    refused = on_a_terminal("wallet", "backup", "kept", answers=[*differing, (ask, "short\n")])
    assert refused.code == 5, refused.out
    assert "the two differ" in refused.out
    assert not (here / "kept").exists()
    typed = [(ask, f"{PASSPHRASE}\n"), (again, f"{PASSPHRASE}\n")]
    made = on_a_terminal("wallet", "backup", "kept", answers=typed)
    assert made.code == 0, made.out
    assert PASSPHRASE not in made.out + refused.out
    shutil.rmtree(here / "wallets/w1")
    opening = "Passphrase of the backup: "
    answers = [(opening, "not this one\n"), (opening, f"{PASSPHRASE}\n"), ("[y/N]", "y\n")]
    back = on_a_terminal("wallet", "restore", "kept", answers=answers)
    assert back.code == 0, back.out
    assert "does not open the backup" in back.out
    assert PASSPHRASE not in back.out
    assert (here / "wallets/w1/coldkey").is_file()


def test_ctrl_c_at_the_passphrase_ends_it_in_two_lines(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    ended = on_a_terminal("wallet", "backup", "kept", answers=[("Passphrase for the backup: ", "\x03")])
    assert ended.code == 130, ended.out
    assert "error: interrupted" in ended.out
    assert "Traceback" not in ended.out
    assert not list(here.glob(".netctl-*"))


@pytest.mark.fast
def test_three_wrong_passphrases_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def refuse(given: str) -> bytes:
        tried.append(given)
        raise WalletError("no")

    monkeypatch.setattr(passphrase, "can_ask", lambda: True)
    monkeypatch.setattr(passphrase, "secretly", lambda _prompt: f"guess {len(tried)}")
    with pytest.raises(WalletError):
        passphrase.opened(refuse, WalletError, None)
    assert tried == ["guess 0", "guess 1", "guess 2"]


def test_a_bug_in_the_middle_keeps_no_secret_in_its_traceback(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a bug report would quote: the passphrase and a keyfile's content are both taken out."""
    from netctl.adapters import sealing

    phrase = json.loads((here / "wallets/w2/coldkey").read_bytes())["secretPhrase"]

    def broken(content: bytes, words: str) -> bytes:
        message = f"broken with {words} and {content!r}"
        raise RuntimeError(message)

    monkeypatch.setattr(sealing, "sealed", broken)
    assert main(["wallet", "backup", "kept"]) == 3
    said = capsys.readouterr().err
    kept = "".join(path.read_text() for path in (here / "state/bugs").iterdir())
    assert "broken with" in kept
    for secret in (PASSPHRASE, phrase):
        assert secret not in kept + said
