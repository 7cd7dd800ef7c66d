"""Runtime API answers: modelled, zero for the rest, cached, and never an error for what the metadata has."""

from __future__ import annotations

import pytest
from bittensor_core import Keypair

from netctl.devchain.chain import Chain
from netctl.devchain.dispatch import Runtime
from netctl.devchain.frame import COUNTED_NAMES
from netctl.devchain.metadata import decode_metadata
from netctl.devchain.pallet import Api, method
from netctl.devchain.pallets import PALLETS, ledger
from netctl.devchain.queries import CACHE_BYTES, ENTRY_BYTES, BadQuery
from netctl.devchain.rpc.lookup import state_number
from netctl.devchain.rpc.protocol import RpcError
from netctl.devchain.rpc.state_methods import StateMethods
from netctl.devchain.scale import Cursor
from netctl.devchain.storage import Item, View
from tests.devchain.lab import ALICE, BOB, Signer, make_chain, transfer

pytestmark = pytest.mark.fast

ACCOUNT_NONCE = "AccountNonceApi_account_nonce"


class Nonces(Api):
    """An API that counts how often it is asked, and breaks for one account."""

    name = "AccountNonceApi"
    asked = 0

    @method
    def account_nonce(self, view: View, *, account: str) -> int:
        type(self).asked += 1
        if account == BOB.ss58_address:
            raise ZeroDivisionError
        return int(Item("System", "Account").get(view, account)["nonce"])


@pytest.fixture
def counted() -> Chain:
    Nonces.asked = 0
    return make_chain(runtime=Runtime(PALLETS, (Nonces(),)))


def test_answer_is_of_the_block_that_is_asked_about_and_made_once(counted: Chain) -> None:
    Signer(counted, ALICE).run(*transfer(BOB, 5))
    for _ in range(3):
        answers = [counted.queries.call(ACCOUNT_NONCE, ALICE.public_key, number) for number in (0, 1)]
        assert answers == [bytes(4), b"\1\0\0\0"]
    assert Nonces.asked == 2
    counted.close()


def test_bug_in_an_api_answers_zero_and_is_logged(counted: Chain, caplog: pytest.LogCaptureFixture) -> None:
    assert counted.queries.call(ACCOUNT_NONCE, BOB.public_key, 0) == bytes(4)
    assert "bug in runtime API" in caplog.text
    assert counted.world.unsupported[f"bug in api {ACCOUNT_NONCE}"] == 1
    counted.close()


def test_api_that_is_not_modelled_answers_zero_and_is_counted(counted: Chain) -> None:
    for number in (0, 0):
        counted.queries.call("StakeInfoRuntimeApi_get_stake_info_for_coldkey", ALICE.public_key, number)
    assert counted.world.unsupported == {"api StakeInfoRuntimeApi_get_stake_info_for_coldkey": 1}
    counted.close()


def test_unknown_api_and_bad_arguments_are_refused(counted: Chain) -> None:
    for name, data in (("Nope_nope", b""), (ACCOUNT_NONCE, b"\1")):
        with pytest.raises(BadQuery):
            counted.queries.call(name, data, 0)
    counted.close()


@pytest.mark.parametrize("version", [14, 15])
def test_metadata_is_served_in_both_versions(version: int, chain: Chain) -> None:
    answer = chain.queries.call("Metadata_metadata_at_version", version.to_bytes(4, "little"), 0)
    cursor = Cursor(answer)
    assert cursor.byte() == 1
    cursor.skip_length()
    assert decode_metadata(cursor.rest()).version == version
    assert chain.queries.call("Metadata_metadata_at_version", b"\x0d\0\0\0", 0) == b"\0"


def test_cache_is_bounded(counted: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CACHE_BYTES <= 16 << 20
    monkeypatch.setattr("netctl.devchain.queries.CACHE_BYTES", 5000)
    for account in range(50):
        counted.queries.call(ACCOUNT_NONCE, account.to_bytes(32, "big"), 0)
    assert len(counted.queries._cache) == 5000 // (ENTRY_BYTES + 32 + 3 * 4), "a text counts, and so does the place"
    counted.close()


def test_state_that_left_the_window_is_refused_in_the_words_that_the_sdk_knows() -> None:
    chain = make_chain(keep_blocks=3)
    for _ in range(5):
        chain.seal()
    kept, gone = ("0x" + (chain.block_hash(number) or b"").hex() for number in (3, 2))
    assert state_number(chain, kept) == 3
    with pytest.raises(RpcError, match=f"State already discarded for {gone}") as refusal:
        state_number(chain, gone)
    assert refusal.value.code == 4003
    chain.close()


def test_names_that_clients_make_up_are_not_counted_without_end(chain: Chain) -> None:
    for number in range(COUNTED_NAMES + 50):
        chain.world.count_unsupported(f"rpc {number}")
    chain.world.count_unsupported("rpc 0")
    assert len(chain.world.unsupported) == COUNTED_NAMES
    assert chain.world.unsupported["rpc 0"] == 2


def test_map_is_paged_as_it_was_at_the_block_that_is_asked_about(chain: Chain) -> None:
    prefix = "0x" + chain.world.codec.entry("System", "Account").prefix.hex()
    methods = StateMethods(chain)
    before = methods.keys_paged(prefix, 100)
    chain.seal(lambda frame: ledger.mint(frame, Keypair.create_from_uri("//New").ss58_address, 10**9))
    after = methods.keys_paged(prefix, 100)
    genesis = "0x" + chain.genesis_hash.hex()
    assert len(after) == len(before) + 1
    assert methods.keys_paged(prefix, 100, None, genesis) == before
    assert methods.keys_paged(prefix, 1, before[0], genesis) == before[1:2]
