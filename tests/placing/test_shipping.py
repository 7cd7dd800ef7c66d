"""No coldkey and no mnemonic goes to another machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bittensor_core import Keypair, keyfile_data_is_encrypted, serialized_keypair_to_keyfile_data

from netctl import packs
from netctl.errors import WalletError
from netctl.placement import Placement
from netctl.render.fleet import render_fleet
from netctl.shipping import WORDS, check, holds_mnemonic, needed
from tests.placing.conftest import FleetOf

pytestmark = pytest.mark.fast

PHRASE = "plug aunt slot crack language ring van horror when credit boring column"
COLD, HOT = Keypair.create_from_mnemonic(PHRASE), Keypair.create_from_mnemonic(Keypair.generate_mnemonic())
COLDKEY, HOTKEY = (bytes(serialized_keypair_to_keyfile_data(key)) for key in (COLD, HOT))
COLDKEYPUB = json.dumps({"ss58Address": COLD.ss58_address, "publicKey": f"0x{COLD.public_key.hex()}"}).encode()
LOCKED = b"$NACL" + bytes(60)
Parcel = tuple[Placement, dict[Path, bytes]]


@pytest.fixture
def parcel(fleet_of: FleetOf) -> Parcel:
    """What a rendered neuron of a fleet of many machines would send."""
    fleet = fleet_of("miners:\n  - name: miner_1\n    env: {RAPIDAPI_KEY: $KEY, WORDS: $WORDS}\n")
    operator = {"KEY": "k3y", "WORDS": "twelve words that are no mnemonic at all, however many there may be"}
    one = render_fleet(fleet, packs.load(fleet.code.pack), operator).rendered[0]
    placement = one.session.placement
    assert placement is not None
    contents = {file.path: file.content for file in one.files if file.path in placement.files}
    return placement, {**contents, placement.hotkey_file: HOTKEY, placement.coldkeypub_file: COLDKEYPUB}


def refused(parcel: Parcel, **more: bytes) -> str:
    placement, contents = parcel
    added = {Path("/state/files/miner_1") / name: content for name, content in more.items()}
    with pytest.raises(WalletError) as caught:
        check("miner_1", placement, {**contents, **added})
    assert caught.value.hint
    assert PHRASE not in caught.value.message + caught.value.hint
    return caught.value.message


def test_what_is_rendered_goes_with_one_hotkey_and_a_public_coldkey(parcel: Parcel) -> None:
    placement, contents = parcel
    assert set(needed(placement)) == set(contents)
    check("miner_1", placement, contents)


def test_a_coldkey_is_known_by_its_name(parcel: Parcel) -> None:
    assert "is a coldkey by its name: nothing was sent" in refused(parcel, coldkey=b"whatever")
    assert "coldkey" in refused(parcel, **{"Coldkey.bak": b""})


@pytest.mark.parametrize(
    "content",
    [COLDKEY, json.dumps({"kept": {"secretSeed": "0x12"}}).encode(), json.dumps({"K": COLDKEY.decode()}).encode()],
    ids=["keyfile", "inside", "as text"],
)
def test_a_secret_key_is_known_by_what_the_file_holds(parcel: Parcel, content: bytes) -> None:
    assert "/state/files/miner_1/harmless.json holds a" in refused(parcel, **{"harmless.json": content})


@pytest.mark.parametrize("mark", [b"$NACL", b"$ANSIBLE_VAULT;1.2;AES256\n", b"gAAAAA"])
def test_an_encrypted_key_is_refused(parcel: Parcel, mark: bytes) -> None:
    assert keyfile_data_is_encrypted(mark + bytes(60))
    assert "is an encrypted key" in refused(parcel, backup=mark + bytes(60))


@pytest.mark.parametrize("count", [12, 15, 18, 21, 24])
@pytest.mark.parametrize("text", ["{}", "export SEED='{}'\n", '{{"SEED": "{}"}}', "mnemonic: {}", "SEED={}, and so on"])
def test_a_mnemonic_is_refused_wherever_it_stands(parcel: Parcel, count: int, text: str) -> None:
    words = Keypair.generate_mnemonic(count)
    content = text.format(words).encode()
    assert "holds a mnemonic" in refused(parcel, **{"launch.sh": content})


@pytest.mark.parametrize("between", ["  ", "\n", ", ", '", "', "\t", "\\n", " 1. "])
def test_however_it_is_written(between: str) -> None:
    assert holds_mnemonic(PHRASE.replace(" ", between))
    assert holds_mnemonic(PHRASE.upper())
    assert not holds_mnemonic(PHRASE.rpartition(" ")[0].replace(" ", between))
    assert not holds_mnemonic(PHRASE.replace("ring", "rings"))


def test_a_mnemonic_in_the_environment_is_in_what_is_rendered(fleet_of: FleetOf, parcel: Parcel) -> None:
    placement, contents = parcel
    fleet = fleet_of("miners:\n  - name: miner_1\n    env: {PLAIN: $X}\n")
    one = render_fleet(fleet, packs.load(fleet.code.pack), {"X": PHRASE}).rendered[0]
    mine = {file.path: file.content for file in one.files if file.path in placement.files}
    with pytest.raises(WalletError, match=r"secrets\.json holds a mnemonic") as caught:
        check("miner_1", placement, {**contents, **mine})
    assert "variables" in caught.value.hint


def test_the_one_secret_key_that_goes_must_be_seen_to_be_a_hotkey(parcel: Parcel) -> None:
    placement, contents = parcel
    for content, why in (
        (COLDKEY, "is the wallet's coldkey"),
        (LOCKED, "is encrypted"),
        (b"{}", "is no keyfile"),
        (b"\xff", "is no keyfile"),
    ):
        with pytest.raises(WalletError, match=why):
            check("miner_1", placement, {**contents, placement.hotkey_file: content})


def test_nothing_goes_that_was_not_looked_at(parcel: Parcel) -> None:
    placement, contents = parcel
    more = replace(placement, files=(*placement.files, Path("/state/files/miner_1/unseen")))
    with pytest.raises(WalletError, match="unseen was not looked at"):
        check("miner_1", more, contents)


def test_the_list_is_whole() -> None:
    assert len(WORDS) == 2048
    assert all(set(Keypair.generate_mnemonic(24).split()) <= WORDS for _ in range(20))
