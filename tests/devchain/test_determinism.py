"""Equal input, equal hashes; and what may differ without changing them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from bittensor_core import Keypair

from netctl.devchain.seal import seal_if_instant
from netctl.devchain.storage import Item
from tests.devchain.lab import ALICE, BOB, TAO, Signer, make_chain, transfer

pytestmark = pytest.mark.fast


def script() -> list[bytes]:
    """Signed bytes: sr25519 signatures are random, so that both runs must be given the same."""
    chain = make_chain()
    alice, bob = Signer(chain, ALICE), Signer(chain, BOB)
    hotkeys = [Keypair.create_from_uri(f"//hot{number}").ss58_address for number in range(3)]
    register = [("SubtensorModule", "burned_register", {"netuid": 1, "hotkey": hotkey}) for hotkey in hotkeys]
    raws = [alice.bytes(call, nonce=nonce) for nonce, call in enumerate([transfer(BOB, TAO), *register])]
    raws.append(bob.bytes(("SubtensorModule", "register_network", {"hotkey": BOB.ss58_address}), nonce=0))
    raws.append(bob.bytes(transfer(ALICE, 10**18), nonce=1))
    chain.close()
    return raws


@pytest.mark.parametrize("seal", ["instant", "manual"])
def test_same_extrinsics_in_the_same_order_give_the_same_blocks(seal: str) -> None:
    raws, runs = script(), []
    for _ in range(2):
        chain = make_chain(seal=seal)
        for raw in raws:
            chain.submit(raw)
            seal_if_instant(chain)
        while len(chain.pool):
            chain.seal()
        runs.append([chain.block_hash(number) for number in range(chain.head.number + 1)])
        chain.close()
    assert runs[0] == runs[1]
    assert len(runs[0]) == (7 if seal == "instant" else 2)


def test_another_order_gives_other_blocks() -> None:
    raws, heads = script(), []
    for ordered in (raws, [*raws[4:], *raws[:4]]):
        chain = make_chain()
        for raw in ordered:
            chain.submit(raw)
        heads.append(chain.seal().hash)
        chain.close()
    assert heads[0] != heads[1]


REPLAY = """
import sys
from tests.devchain.lab import make_chain

chain = make_chain()
print(chain.genesis_hash.hex())
for raw in sys.argv[1:]:
    chain.submit(bytes.fromhex(raw))
    chain.seal()
for _ in range(100):
    chain.seal()
print(chain.head_hash.hex())
"""


def test_genesis_and_blocks_are_the_same_in_processes_that_hash_otherwise() -> None:
    command = [sys.executable, "-c", REPLAY, *(raw.hex() for raw in script())]
    told = [
        subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout.split()
        for seed in ("0", "4242")
    ]
    chain = make_chain()
    assert told[0] == told[1]
    assert told[0][0] == chain.genesis_hash.hex()
    chain.close()


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ({"seed": "x"}, True),
        ({"first_netuid": 428}, True),
        ({"slot_ms": 500}, True),
        ({"endow": ((ALICE.ss58_address, 5),)}, True),
        ({"regs_per_block": 2}, True),
        ({"seal": "instant"}, False),
        ({"block_time_s": 9.0}, False),
        ({"keep_blocks": 10}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_genesis_covers_what_makes_another_chain_and_not_its_pace(options: dict[str, object], changes: bool) -> None:
    plain, other = make_chain(), make_chain(**options)
    assert (plain.genesis_hash != other.genesis_hash) is changes
    plain.close()
    other.close()


def test_clock_is_genesis_plus_blocks_times_slot() -> None:
    chain = make_chain(slot_ms=400)
    for _ in range(3):
        chain.seal()
    assert Item("Timestamp", "Now").get(chain.view()) == chain.options.genesis_time_ms + 1200
    assert Item("Aura", "CurrentSlot").get(chain.view()) == (chain.options.genesis_time_ms + 1200) // 400
    chain.close()
