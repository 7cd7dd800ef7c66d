"""Keyfiles: the SDK's own, never overwritten, never half-made for long, secrets kept."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.adapters.keystore import SdkKeystore
from netctl.errors import WalletError
from tests.environments import python_of

BTCLI = Path(sys.executable).with_name("btcli")


@pytest.fixture
def keys(tmp_path: Path) -> SdkKeystore:
    return SdkKeystore(tmp_path / "wallets")


@pytest.fixture(scope="module")
def locked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wallet directory with a locked coldkey; made once, since each key derivation takes seconds."""
    path = tmp_path_factory.mktemp("locked") / "wallets"
    SdkKeystore(path).create_coldkey("alpha", password="open sesame")
    return path


@pytest.fixture
def locked(locked_once: Path, keys: SdkKeystore) -> SdkKeystore:
    """A keystore of one's own whose wallet `alpha` has a locked coldkey."""
    shutil.copytree(locked_once, keys.path)
    return keys


def contents(root: Path) -> dict[str, object]:
    """Every keyfile's fields; their order in the file is the SDK's whim."""
    return {name: json.loads(content) for name, content in files_below(root).items()}


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_new_wallet_has_the_usual_four_files_and_nothing_else(keys: SdkKeystore) -> None:
    cold, hot = keys.create_coldkey("alpha", password=None), keys.create_hotkey("alpha", "one")
    assert set(files_below(keys.path)) == {
        "alpha/coldkey",
        "alpha/coldkeypub.txt",
        "alpha/hotkeys/one",
        "alpha/hotkeys/onepub.txt",
    }
    facts = keys.facts("alpha", "one")
    assert (facts.coldkey_ss58, facts.hotkey_ss58, facts.missing) == (cold, hot, ())
    assert (facts.has_coldkey_secret, facts.coldkey_encrypted) == (True, False)
    assert list(keys.path.rglob(".*")) == []


def test_only_the_owner_can_read_any_of_it(keys: SdkKeystore) -> None:
    keys.create_coldkey("alpha", password=None)
    keys.create_hotkey("alpha", "one")
    for path in (keys.path, *keys.path.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_files_hold_field_for_field_what_the_sdk_writes_for_the_key_but_the_kind_that_goes_unsaid(
    keys: SdkKeystore, tmp_path: Path
) -> None:
    from bittensor.wallet import Wallet
    from bittensor_core import CRYPTO_SR25519

    keys.create_coldkey("alpha", password=None)
    keys.create_hotkey("alpha", "one")
    ours = Wallet("alpha", "one", path=str(keys.path))
    theirs = Wallet("alpha", "one", path=str(tmp_path / "again"))
    phrase = json.loads((keys.path / "alpha/coldkey").read_bytes())["secretPhrase"]
    theirs.regenerate_coldkey(mnemonic=phrase, use_password=False, suppress=True)
    phrase = json.loads((keys.path / "alpha/hotkeys/one").read_bytes())["secretPhrase"]
    theirs.regenerate_hotkey(mnemonic=phrase, use_password=False, suppress=True)
    for name in ("coldkey", "coldkeypub.txt", "hotkeys/one", "hotkeys/onepub.txt"):
        left = json.loads((keys.path / "alpha" / name).read_bytes())
        right = json.loads((tmp_path / "again/alpha" / name).read_bytes())
        assert right.pop("cryptoType") == CRYPTO_SR25519
        assert left == right, name
        assert {type(value) for value in left.values()} == {str}, "bittensor-wallet before 4.1 reads nothing else"
    assert ours.coldkey.ss58_address == theirs.coldkey.ss58_address == keys.coldkey_ss58("alpha")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", ["bittensor-9.9.0", "bittensor-9.12.2", "bittensor-10.5.0"])
def test_the_wallets_of_older_sdks_read_what_was_made(keys: SdkKeystore, client: str) -> None:
    cold, hot = keys.create_coldkey("alpha", password=None), keys.create_hotkey("alpha", "one")
    asked = (
        "import sys, bittensor_wallet; wallet = bittensor_wallet.Wallet('alpha', 'one', sys.argv[1]);"
        "print(wallet.coldkey.ss58_address, wallet.coldkeypub.ss58_address, wallet.hotkey.ss58_address)"
    )
    command = [str(python_of(client)), "-c", asked, str(keys.path)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert told.stdout.split() == [cold, cold, hot], told.stderr


def test_btcli_lists_what_was_made(keys: SdkKeystore, own_home: Path) -> None:
    cold, hot = keys.create_coldkey("alpha", password=None), keys.create_hotkey("alpha", "one")
    command = [str(BTCLI), "--json", "wallet", "list", "--wallet-path", str(keys.path)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert listed.returncode == 0, listed.stderr
    assert cold in listed.stdout
    assert hot in listed.stdout


async def test_a_wallet_that_btcli_made_is_adopted(keys: SdkKeystore) -> None:
    from bittensor.wallet import Wallet

    theirs = Wallet("beta", "two", path=str(keys.path))
    theirs.create_new_coldkey(use_password=False, suppress=True)
    theirs.create_new_hotkey(suppress=True)
    facts = keys.facts("beta", "two")
    assert facts.coldkey_ss58 == theirs.coldkeypub.ss58_address
    assert facts.hotkey_ss58 == theirs.hotkey.ss58_address
    assert (await keys.coldkey_signer("beta")).ss58 == facts.coldkey_ss58


def test_existing_keys_are_never_overwritten(keys: SdkKeystore) -> None:
    keys.create_coldkey("alpha", password=None)
    keys.create_hotkey("alpha", "one")
    before = files_below(keys.path)
    with pytest.raises(WalletError, match="already"):
        keys.create_coldkey("alpha", password=None)
    with pytest.raises(WalletError, match="already"):
        keys.create_hotkey("alpha", "one")
    assert files_below(keys.path) == before


@pytest.mark.parametrize("left", ["coldkey", "coldkeypub.txt"])
def test_half_a_coldkey_is_not_completed_with_another_one(keys: SdkKeystore, left: str) -> None:
    keys.create_coldkey("alpha", password=None)
    for name in {"coldkey", "coldkeypub.txt"} - {left}:
        (keys.path / "alpha" / name).unlink()
    before = files_below(keys.path)
    with pytest.raises(WalletError, match="already"):
        keys.create_coldkey("alpha", password=None)
    assert files_below(keys.path) == before


def test_public_halves_are_enough_to_look_at(keys: SdkKeystore) -> None:
    cold, hot = keys.create_coldkey("alpha", password=None), keys.create_hotkey("alpha", "one")
    (keys.path / "alpha/hotkeys/one").unlink()
    (keys.path / "alpha/coldkey").unlink()
    facts = keys.facts("alpha", "one")
    assert (facts.coldkey_ss58, facts.hotkey_ss58, facts.has_coldkey_secret) == (cold, hot, False)


def test_looking_does_not_open_a_secret_whose_public_half_is_there(keys: SdkKeystore) -> None:
    cold, hot = keys.create_coldkey("alpha", password=None), keys.create_hotkey("alpha", "one")
    (keys.path / "alpha/hotkeys/one").write_bytes(b"not to be read")
    (keys.path / "alpha/coldkey").write_bytes(b"not to be read")
    facts = keys.facts("alpha", "one")
    assert (facts.coldkey_ss58, facts.hotkey_ss58) == (cold, hot)


def test_missing_public_halves_are_written_again_from_open_secrets(keys: SdkKeystore) -> None:
    keys.create_coldkey("alpha", password=None)
    keys.create_hotkey("alpha", "one")
    whole = contents(keys.path)
    (keys.path / "alpha/coldkeypub.txt").unlink()
    (keys.path / "alpha/hotkeys/onepub.txt").unlink()
    assert keys.facts("alpha", "one").missing == ("coldkeypub", "hotkeypub")
    assert keys.facts("alpha", "one").coldkey_ss58 is not None
    keys.repair("alpha", "one")
    assert contents(keys.path) == whole
    assert keys.facts("alpha", "one").missing == ()


@pytest.mark.slow
def test_the_public_half_of_a_locked_coldkey_asks_for_the_password(locked: SdkKeystore) -> None:
    cold = locked.coldkey_ss58("alpha")
    (locked.path / "alpha/coldkeypub.txt").unlink()
    assert locked.facts("alpha", "one").coldkey_ss58 is None
    assert locked.facts("alpha", "one").missing == ("coldkeypub",)
    with pytest.raises(WalletError, match="locked") as refused:
        locked.repair("alpha", "one")
    assert "NETCTL_COLDKEY_PASSWORD" in refused.value.hint
    asked: list[str] = []

    def ask(wallet: str) -> str:
        asked.append(wallet)
        return "open sesame"

    SdkKeystore(locked.path, password_for=ask).repair("alpha", "one")
    assert (locked.coldkey_ss58("alpha"), asked) == (cold, ["alpha"])


@pytest.mark.slow
async def test_a_locked_coldkey_does_not_open_without_its_password(locked: SdkKeystore) -> None:
    assert (locked.path / "alpha/coldkey").read_bytes().startswith(b"$NACL")
    assert locked.facts("alpha", "one").coldkey_encrypted
    with pytest.raises(WalletError, match="locked"):
        await locked.coldkey_signer("alpha")
    with pytest.raises(WalletError, match="does not open"):
        await SdkKeystore(locked.path, password_for=lambda _w: "wrong").coldkey_signer("alpha")


@pytest.mark.parametrize("mark", [b"$NACL" + b"x" * 60, b"$ANSIBLE_VAULT;1.1;AES256\n6162", b"gAAAAABabcdefghijklmnop"])
def test_every_way_in_which_the_sdk_encrypts_is_seen(keys: SdkKeystore, mark: bytes) -> None:
    cold = keys.create_coldkey("alpha", password=None)
    (keys.path / "alpha/coldkey").write_bytes(mark)
    facts = keys.facts("alpha", "one")
    assert (facts.coldkey_encrypted, facts.coldkey_ss58) == (True, cold)


def test_a_new_password_comes_from_whoever_is_asked_or_is_refused(keys: SdkKeystore) -> None:
    with pytest.raises(WalletError, match="password") as refused:
        keys.new_password("alpha")
    assert "NETCTL_COLDKEY_PASSWORD" in refused.value.hint
    assert SdkKeystore(keys.path, choose_password=lambda _w: "chosen").new_password("alpha") == "chosen"


async def test_a_coldkey_that_is_not_the_one_its_public_half_names_signs_nothing(keys: SdkKeystore) -> None:
    keys.create_coldkey("alpha", password=None)
    keys.create_coldkey("beta", password=None)
    (keys.path / "alpha/coldkeypub.txt").write_bytes((keys.path / "beta/coldkeypub.txt").read_bytes())
    with pytest.raises(WalletError, match="names"):
        await keys.coldkey_signer("alpha")


def test_the_mnemonic_is_handed_out_once_and_kept_in_the_keyfile_alone(keys: SdkKeystore, tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    keys = SdkKeystore(keys.path, reveal=lambda wallet, words: told.append((wallet, words)))
    keys.create_coldkey("alpha", password=None)
    keys.create_hotkey("alpha", "one")
    assert [(wallet, len(words.split())) for wallet, words in told] == [("alpha", 12)]
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and told[0][1].encode() in path.read_bytes()]
    assert holding == [keys.path / "alpha/coldkey"]


async def test_no_repr_shows_a_secret(keys: SdkKeystore) -> None:
    keys.create_coldkey("alpha", password=None)
    secrets = json.loads((keys.path / "alpha/coldkey").read_bytes())
    signer = await keys.coldkey_signer("alpha")
    shown = repr(signer) + str(signer) + repr(keys) + repr(keys.facts("alpha", "one"))
    for name in ("secretPhrase", "secretSeed", "privateKey"):
        assert secrets[name].removeprefix("0x") not in shown
    assert signer.ss58 in shown


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\0b"])
def test_a_name_that_leaves_the_wallet_directory_is_refused(keys: SdkKeystore, name: str) -> None:
    for act in (lambda: keys.create_coldkey(name, password=None), lambda: keys.create_hotkey("alpha", name)):
        with pytest.raises(WalletError, match="cannot name"):
            act()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"\x00garbage"), "not a keyfile"),
        (lambda path: path.write_bytes(b""), "not a keyfile"),
        (lambda path: path.write_bytes(b"[1, 2]"), "not a keyfile"),
    ],
)
def test_a_spoilt_public_half_is_an_error_of_the_wallet(
    keys: SdkKeystore, spoil: Callable[[Path], object], said: str
) -> None:
    keys.create_coldkey("alpha", password=None)
    spoil(keys.path / "alpha/coldkeypub.txt")
    with pytest.raises(WalletError, match=said):
        keys.facts("alpha", "one")


def test_the_dev_account_is_the_one_that_everybody_knows(keys: SdkKeystore) -> None:
    assert keys.dev_signer("//Alice").ss58 == "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


def test_many_wallets_are_made_without_the_heavy_sdk(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from netctl.adapters.keystore import SdkKeystore\n"
        f"keys = SdkKeystore(Path({str(tmp_path / 'wallets')!r}))\n"
        "for i in range(64): keys.create_coldkey(f'w{i}', password=None); keys.create_hotkey(f'w{i}', 'h')\n"
        "print('bittensor' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.strip() == "False"
    assert len(list((tmp_path / "wallets").iterdir())) == 64
