"""The pool: a node's refusals, order, waiting nonces, and what watchers are told."""

from __future__ import annotations

from typing import Any

import pytest
from bittensor_core import Keypair

from netctl.devchain.author import MAX_EXTRINSICS
from netctl.devchain.chain import Chain
from netctl.devchain.errors import PoolRejection
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.pool import LIMIT
from tests.devchain.lab import ALICE, BOB, CHARLIE, TAO, Signer, free_rao, transfer

pytestmark = pytest.mark.fast


def refused(chain: Chain, raw: bytes) -> PoolRejection:
    with pytest.raises(PoolRejection) as rejection:
        chain.submit(raw)
    return rejection.value


def body_names(chain: Chain) -> list[tuple[str | None, int]]:
    """(signer, nonce) of the head's extrinsics, the inherent left out."""
    body = chain.store.body(chain.head.number) or []
    parsed = [parse_extrinsic(raw, chain.world.codec) for raw in body[1:]]
    return [(each.signer, each.nonce) for each in parsed]


def test_same_extrinsic_twice_is_already_imported(chain: Chain, alice: Signer) -> None:
    raw = alice.bytes(transfer(BOB, 5))
    chain.submit(raw)
    assert refused(chain, raw).code == 1013


def test_same_nonce_needs_a_higher_tip_to_replace(chain: Chain, alice: Signer) -> None:
    first: list[Any] = []
    chain.submit(alice.bytes(transfer(BOB, 5), nonce=0, tip=10), first.append)
    rival = refused(chain, alice.bytes(transfer(BOB, 6), nonce=0, tip=10))
    assert (rival.code, rival.message) == (1014, "Priority is too low: (10 vs 10)")
    assert "too low priority" in rival.data
    winner = alice.bytes(transfer(BOB, 7), nonce=0, tip=11)
    replaced_by = chain.submit(winner)
    assert first == ["ready", {"usurped": "0x" + replaced_by.hex()}]
    chain.seal()
    assert (chain.store.body(1) or [])[1:] == [winner]


def test_used_nonce_is_outdated(chain: Chain, alice: Signer) -> None:
    alice.run(*transfer(BOB, 5))
    rejection = refused(chain, alice.bytes(transfer(BOB, 5), nonce=0))
    assert (rejection.code, rejection.message, rejection.data) == (
        1010,
        "Invalid Transaction",
        "Transaction is outdated",
    )


def test_poor_account_cannot_pay(chain: Chain) -> None:
    poor = Signer(chain, Keypair.create_from_uri("//Poor"))
    rejection = refused(chain, poor.bytes(transfer(BOB, 5)))
    assert rejection.code == 1010
    assert rejection.data == "Inability to pay some fees (e.g. account balance too low)"


def test_future_nonce_waits_until_the_gap_is_filled(chain: Chain, alice: Signer) -> None:
    told: dict[int, list[Any]] = {0: [], 1: [], 2: []}
    for nonce in (2, 1):
        chain.submit(alice.bytes(transfer(BOB, 5), nonce=nonce), told[nonce].append)
    chain.seal()
    assert (body_names(chain), len(chain.pool)) == ([], 2)
    assert (chain.next_nonce(ALICE.ss58_address), chain.has_ready()) == (0, False)
    chain.submit(alice.bytes(transfer(BOB, 5), nonce=0), told[0].append)
    assert chain.next_nonce(ALICE.ss58_address) == 3
    chain.seal()
    assert body_names(chain) == [(ALICE.ss58_address, nonce) for nonce in range(3)]
    assert told[2][0] == "future"
    assert [list(status) for status in told[0][1:]] == [["inBlock"], ["finalized"]]


def test_block_holds_extrinsics_in_arrival_order_and_nonces_in_their_own(chain: Chain, alice: Signer) -> None:
    bob = Signer(chain, BOB)
    for raw in (
        alice.bytes(transfer(CHARLIE, 1), nonce=1),
        bob.bytes(transfer(CHARLIE, 1), nonce=0),
        alice.bytes(transfer(CHARLIE, 1), nonce=0),
        bob.bytes(transfer(CHARLIE, 1), nonce=1),
    ):
        chain.submit(raw)
    chain.seal()
    a, b = ALICE.ss58_address, BOB.ss58_address
    assert body_names(chain) == [(b, 0), (a, 0), (a, 1), (b, 1)]


def test_block_leaves_what_is_too_much_for_the_next(chain: Chain, alice: Signer) -> None:
    count = MAX_EXTRINSICS + 5
    for nonce in range(count):
        chain.submit(alice.bytes(transfer(BOB, 5), nonce=nonce))
    sizes = []
    while len(chain.pool):
        chain.seal()
        sizes.append(len(body_names(chain)))
    assert sizes == [MAX_EXTRINSICS - 1, 6]


def test_extrinsic_that_can_no_longer_pay_is_told_invalid(chain: Chain, alice: Signer) -> None:
    key = Keypair.create_from_uri("//Spender")
    alice.run(*transfer(key, TAO))
    spender = Signer(chain, key)
    told: list[Any] = []
    chain.submit(
        spender.bytes(("Balances", "transfer_allow_death", {"dest": BOB.ss58_address, "value": TAO - 200_000}))
    )
    chain.submit(spender.bytes(transfer(BOB, 5), nonce=1), told.append)
    chain.seal()
    assert told == ["ready", "invalid"]
    assert len(chain.pool) == 0


def test_watcher_who_left_hears_no_more(chain: Chain, alice: Signer) -> None:
    told: list[Any] = []
    watched = chain.submit(alice.bytes(transfer(BOB, 5)), told.append)
    chain.unwatch(watched, told.append)
    chain.seal()
    assert told == ["ready"]
    chain.unwatch(b"unknown", told.append)


def test_full_pool_drops_newcomers(chain: Chain, alice: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LIMIT >= 10_000
    monkeypatch.setattr("netctl.devchain.pool.LIMIT", 2)
    for nonce in (0, 1):
        chain.submit(alice.bytes(transfer(BOB, 5), nonce=nonce))
    assert refused(chain, alice.bytes(transfer(BOB, 5), nonce=2)).code == 1016


def test_pool_is_empty_after_sealing_and_pays_once(chain: Chain, alice: Signer) -> None:
    before = free_rao(chain, BOB)
    alice.run(*transfer(BOB, TAO))
    chain.seal()
    assert free_rao(chain, BOB) == before + TAO
    assert len(chain.pool) == 0
