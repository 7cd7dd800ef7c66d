"""Backups of keys: encrypted, whole or not at all, and put back only where nothing is."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters import key_shelf, keyfiles, sealing
from netctl.adapters.keystore import SdkKeystore
from netctl.backup import KeptKey, compared, packed, unpacked
from netctl.errors import WalletError

PASSPHRASE = "correct horse battery staple"
ONE = ("alpha", None), ("alpha", "one")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two wallets: alpha's coldkey is locked, beta's lies open. Made once: each key derivation takes seconds."""
    root = tmp_path_factory.mktemp("shelf") / "wallets"
    keys = SdkKeystore(root)
    keys.create_coldkey("alpha", password="open sesame")
    keys.create_coldkey("beta", password=None)
    for wallet, hotkey in (("alpha", "one"), ("beta", "two"), ("beta", "three")):
        keys.create_hotkey(wallet, hotkey)
    return root


def all_of(root: Path) -> list[KeptKey]:
    return [
        key_shelf.kept_key(root, wallet, hotkey)
        for wallet in key_shelf.wallets_in(root)
        for hotkey in (None, *key_shelf.hotkeys_in(root, wallet))
    ]


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def restored(root: Path, archive: bytes) -> list[str]:
    keys = key_shelf.keys_of_archive(root, archive)
    doing: list[str] = [each.doing for each in key_shelf.planned(root, keys)]
    key_shelf.put_back(root, keys)
    return doing


@pytest.mark.slow
async def test_what_is_put_back_is_bit_for_bit_what_was_kept_and_signs_alike(shelf: Path, tmp_path: Path) -> None:
    from bittensor_core import Keypair

    sealed = sealing.sealed(packed(all_of(shelf)), PASSPHRASE)
    again = tmp_path / "again" / "wallets"
    assert set(restored(again, sealing.unsealed(sealed, PASSPHRASE))) == {"restore"}
    assert files_below(again) == files_below(shelf)
    for path in (again, *again.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for wallet in ("alpha", "beta"):
        before = await SdkKeystore(shelf, password_for=lambda _: "open sesame").coldkey_signer(wallet)
        after = await SdkKeystore(again, password_for=lambda _: "open sesame").coldkey_signer(wallet)
        assert after.ss58 == before.ss58
        for one, other in ((before, after), (after, before)):
            assert Keypair(ss58_address=other.ss58).verify(b"a message", one.sign(b"a message"))
    with pytest.raises(WalletError, match="locked"):
        await SdkKeystore(again).coldkey_signer("alpha")
    assert restored(again, packed(all_of(shelf))) == ["same"] * 5


@pytest.mark.slow
def test_nothing_of_a_key_can_be_read_in_the_file(shelf: Path) -> None:
    keys = all_of(shelf)
    sealed = sealing.sealed(packed(keys), PASSPHRASE)
    phrase = json.loads((shelf / "beta/coldkey").read_bytes())["secretPhrase"]
    for secret in (phrase, phrase.split()[0] + " ", "secretPhrase", "beta", "coldkey", PASSPHRASE, keys[0].address):
        assert str(secret).encode() not in sealed
    assert sealing.sealed(packed(keys), PASSPHRASE) != sealed
    assert phrase not in repr(keys)


@pytest.mark.parametrize("place", ["head", "salt", "body", "end", "cut"])
@pytest.mark.slow
def test_a_file_that_was_changed_does_not_open(place: str) -> None:
    sealed = bytearray(sealing.sealed(b"some keys", PASSPHRASE))
    head = sealed.index(b"\n")
    match place:
        case "head":
            sealed[: head + 1] = sealed[:head] + b" \n"
        case "salt":
            at = sealed.index(b'"salt": "') + 9
            sealed[at] = ord("A") if sealed[at] != ord("A") else ord("B")
        case "body":
            sealed[head + 1] ^= 1
        case "end":
            sealed[-1] ^= 1
        case _:
            del sealed[-1]
    with pytest.raises(sealing.WrongPassphrase):
        sealing.unsealed(bytes(sealed), PASSPHRASE)


@pytest.mark.slow
def test_another_passphrase_does_not_open_it() -> None:
    with pytest.raises(sealing.WrongPassphrase):
        sealing.unsealed(sealing.sealed(b"some keys", PASSPHRASE), PASSPHRASE + " ")


def head_with(**facts: object) -> bytes:
    """A backup's first line, with these facts wrong."""
    usual = {"format": sealing.FORMAT, "kdf": "scrypt", "cipher": "aes-256-gcm", "n": 2, "r": 8, "p": 1}
    return json.dumps({**usual, "salt": "A" * 16, "nonce": "A" * 16, **facts}).encode() + b"\n"


@pytest.mark.fast
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"hello",
        b"\xff" * 5000,
        b'["netctl-backup-1"]\n',
        b'{"format": "netctl-backup-1"}\n',
        b'{"format": "netctl-backup-7"}\n',
        head_with(kdf="md5"),
        head_with(cipher="rot13"),
        head_with(n=2**40),
        head_with(n=-2) + b"xx",
        head_with(n=3),
        head_with(n="many"),
        head_with(p=0),
        head_with(salt=7),
        head_with(nonce="AA") + b"x" * 40,
    ],
)
def test_what_is_no_backup_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(WalletError) as said:
        sealing.unsealed(content, PASSPHRASE)
    assert not isinstance(said.value, sealing.WrongPassphrase)


def tar_of(name: str, *, kind: bytes = tarfile.REGTYPE, content: bytes = b"{}") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.size, member.linkname = kind, len(content), "/etc/passwd"
        archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


@pytest.mark.fast
@pytest.mark.parametrize(
    "archive",
    [
        tar_of("../evil/coldkey"),
        tar_of("/etc/coldkey"),
        tar_of("alpha/hotkeys/../../x"),
        tar_of("alpha/hotkeys/.hidden"),
        tar_of(".ssh/coldkey"),
        tar_of("alpha/authorized_keys"),
        tar_of("alpha/coldkey", kind=tarfile.SYMTYPE),
        tar_of("alpha/coldkey", kind=tarfile.LNKTYPE),
        tar_of("alpha/coldkey", content=b"x" * 70_000),
        b"no tar at all" * 100,
    ],
)
def test_nothing_leads_out_of_the_wallet_directory(archive: bytes) -> None:
    with pytest.raises(WalletError):
        unpacked(archive)


@pytest.mark.fast
def test_a_key_is_packed_and_unpacked_file_by_file() -> None:
    key = KeptKey("alpha", "one", "5G", b"secret", b"public")
    assert unpacked(packed([key])) == {("alpha", "one"): {"one": b"secret", "onepub.txt": b"public"}}
    assert unpacked(packed([replace(key, hotkey=None, secret=None)])) == {
        ("alpha", None): {"coldkeypub.txt": b"public"}
    }


WHOLE = KeptKey("alpha", None, "5A", b"secret", b"public")
NOTHING = replace(WHOLE, address=None, secret=None, public=None)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("here", "doing", "files"),
    [
        (NOTHING, "restore", ("coldkey", "coldkeypub.txt")),
        (WHOLE, "same", ()),
        (replace(WHOLE, secret=None), "complete", ("coldkey",)),
        (replace(WHOLE, address=None, public=None), "complete", ("coldkeypub.txt",)),
        (replace(WHOLE, secret=b"locked otherwise"), "kept", ()),
        (replace(WHOLE, public=b"written otherwise"), "kept", ()),
        (replace(WHOLE, address="5B"), "refuse", ()),
        (replace(WHOLE, address="5B", secret=None, public=b"another"), "refuse", ()),
        (replace(WHOLE, address=None, public=None, secret=b"locked otherwise"), "refuse", ()),
    ],
)
def test_what_is_here_decides_what_is_put_back(here: KeptKey, doing: str, files: tuple[str, ...]) -> None:
    found = compared(WHOLE, here)
    assert (found.doing, found.files) == (doing, files)
    assert bool(found.why) == (doing in {"kept", "refuse"})


@pytest.mark.fast
def test_a_locked_secret_without_its_public_half_is_not_put_beside_a_public_half_of_who_knows_what() -> None:
    backup = replace(WHOLE, address=None, public=None)
    assert compared(backup, replace(WHOLE, secret=None)).doing == "refuse"


def test_a_key_that_is_another_one_is_never_replaced(shelf: Path, tmp_path: Path) -> None:
    SdkKeystore(tmp_path).create_hotkey("alpha", "one")
    before = files_below(tmp_path)
    keys = key_shelf.keys_of_archive(tmp_path, packed(all_of(shelf)))
    assert [each.doing for each in key_shelf.planned(tmp_path, keys)] == ["restore", "refuse", *["restore"] * 3]
    with pytest.raises(WalletError, match="one"):
        key_shelf.put_back(tmp_path, keys)
    assert {name: files_below(tmp_path)[name] for name in before} == before


def test_the_secret_of_a_coldkey_joins_the_public_half_of_a_hotkey_box(shelf: Path, tmp_path: Path) -> None:
    from netctl.backup import without_secret

    keys = [without_secret(key) if key.hotkey is None else key for key in all_of(shelf)]
    restored(tmp_path, packed(keys))
    assert not list(tmp_path.glob("*/coldkey"))
    assert set(restored(tmp_path, packed(all_of(shelf)))) == {"complete", "same"}
    assert files_below(tmp_path) == files_below(shelf)


def test_what_a_killed_backup_left_is_cleared_away_by_the_next_one(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / f"{key_shelf.SCRATCH}{int(dead.stdout)}-0badcafe-1").write_bytes(b"half")
    at_work = tmp_path / f"{key_shelf.SCRATCH}{os.getppid()}-0badcafe-1"
    at_work.write_bytes(b"another netctl's")
    key_shelf.write_new(tmp_path / "backup", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([at_work.name, "backup"])
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_file_that_is_there_is_never_overwritten(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(keyfiles, "link", _no_links)
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("mine", "link"):
        with pytest.raises(WalletError, match="already"):
            key_shelf.write_new(tmp_path / name, b"yours")
        with pytest.raises(WalletError, match="already"):
            key_shelf.check_new(tmp_path / name)
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()
    key_shelf.write_new(tmp_path / "new", b"new")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "mine", "new"]


def _no_links(_source: Path, _target: Path) -> None:
    raise OSError(1, "Operation not permitted")


def test_permissions_that_let_others_at_a_key_are_named(shelf: Path, tmp_path: Path) -> None:
    root = tmp_path / "wallets"
    shutil.copytree(shelf, root)
    assert key_shelf.seen(root, "beta", None).odd == ()
    (root / "beta/coldkey").chmod(0o644)
    (root / "beta/hotkeys").chmod(0o777)
    (odd,) = key_shelf.seen(root, "beta", None).odd
    assert odd.startswith("coldkey is 0644: chmod 600 ")
    (odd,) = key_shelf.seen(root, "beta", "two").odd
    assert odd.startswith("hotkeys is 0777: chmod 700 ")
