"""The MEV shield against the SDK's own encryption."""

from __future__ import annotations

import pytest
from bittensor_core import Keypair, encrypt_mlkem768

from netctl.devchain.chain import Chain
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.shield import KEY_HASH_SIZE, Shield
from netctl.devchain.storage import Item
from tests.devchain.lab import ALICE, BOB, TAO, Signer, event_names, events, free_rao, transfer

pytestmark = pytest.mark.fast


def sealed(chain: Chain, raw: bytes) -> str:
    key = bytes.fromhex(Item("MevShield", "NextKey").get(chain.view())[2:])
    return "0x" + bytes(encrypt_mlkem768(key, raw, include_key_hash=True)).hex()


def carry(alice: Signer, envelope: str, nonce: int = 0) -> bytes:
    return alice.bytes(("MevShield", "submit_encrypted", {"ciphertext": envelope}), nonce=nonce)


@pytest.mark.parametrize("size", [1, 147, 5000])
def test_what_the_sdk_encrypts_is_opened(size: int) -> None:
    shield = Shield("seed")
    message = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert shield.open(bytes(encrypt_mlkem768(shield.public_key, message, include_key_hash=True))) == message


def test_key_is_the_same_for_the_same_seed_only() -> None:
    assert Shield("a").public_key == Shield("a").public_key != Shield("b").public_key
    assert len(Shield("a").public_key) == 1184


@pytest.mark.parametrize("place", [KEY_HASH_SIZE, KEY_HASH_SIZE + 2, 700, 1106, 1110, 1131, -1])
def test_altered_envelope_is_not_opened(place: int) -> None:
    shield = Shield("seed")
    envelope = bytearray(encrypt_mlkem768(shield.public_key, b"secret", include_key_hash=True))
    envelope[place] ^= 1
    assert shield.open(bytes(envelope)) is None


def test_cut_or_foreign_envelopes_are_not_opened() -> None:
    shield = Shield("seed")
    envelope = bytes(encrypt_mlkem768(shield.public_key, b"secret", include_key_hash=True))
    assert all(shield.open(envelope[:cut]) is None for cut in (0, 15, 17, 18, 500, 1106, 1130, 1140, -1))
    assert Shield("other").open(envelope) is None


def test_inner_extrinsic_follows_its_carrier_in_the_same_block(chain: Chain, alice: Signer) -> None:
    before = free_rao(chain, BOB)
    inner = alice.bytes(transfer(BOB, TAO), nonce=1)
    chain.submit(carry(alice, sealed(chain, inner)))
    other = Signer(chain, BOB).bytes(("System", "remark", {"remark": "0x00"}))
    chain.submit(other)
    chain.seal()
    body = chain.store.body(1) or []
    assert (body[2], body[3]) == (inner, other)
    assert free_rao(chain, BOB) > before + TAO - 10**6
    assert "Balances.Transfer" in event_names([event for event in events(chain) if event["extrinsic_idx"] == 2])


@pytest.mark.parametrize("fault", ["garbage", "nonce", "signature", "not an extrinsic"])
def test_carrier_succeeds_when_the_inner_extrinsic_cannot_be_included(fault: str, chain: Chain, alice: Signer) -> None:
    inner = alice.bytes(transfer(BOB, TAO), nonce=7 if fault == "nonce" else 1)
    if fault == "signature":
        inner = inner[:-1] + bytes([inner[-1] ^ 1])
    envelope = {"garbage": "0x" + "ab" * 2000, "not an extrinsic": sealed(chain, b"\x04\x01")}
    chain.submit(carry(alice, envelope.get(fault) or sealed(chain, inner)))
    chain.seal()
    assert len(chain.store.body(1) or []) == 2
    assert event_names(events(chain))[-1] == "System.ExtrinsicSuccess"


def test_inner_extrinsic_is_in_no_block_twice(chain: Chain, alice: Signer) -> None:
    inner = alice.bytes(transfer(BOB, TAO), nonce=1)
    chain.submit(carry(alice, sealed(chain, inner)))
    chain.submit(inner)
    chain.seal()
    chain.seal()
    bodies = [raw for number in (1, 2) for raw in (chain.store.body(number) or [])[1:]]
    assert bodies.count(inner) == 1
    assert len(chain.pool) == 0


def test_shielded_extrinsic_of_a_new_account_pays_its_own_way(chain: Chain, alice: Signer) -> None:
    key = Keypair.create_from_uri("//Fresh")
    alice.run(*transfer(key, TAO))
    fresh = Signer(chain, key)
    inner = fresh.bytes(transfer(ALICE, 1000), nonce=1)
    chain.submit(fresh.bytes(("MevShield", "submit_encrypted", {"ciphertext": sealed(chain, inner)}), nonce=0))
    chain.seal()
    included = [parse_extrinsic(raw, chain.world.codec).nonce for raw in (chain.store.body(2) or [])[1:]]
    assert included == [0, 1]
