"""The rest of what the SDK's fixtures recorded of a real node, against this chain.

Not checked, because nothing here could differ or be compared:

- `metadata`: the full blobs are what netctl/devchain/data was packed from, test_metadata.py holds them to their hashes;
- `multisig`: addresses that clients derive themselves, for a pallet that this chain refuses;
- `payment_info`'s weight: the extrinsic that was asked about is not recorded, only the answer's shape is;
- the weight in a receipt's ExtrinsicSuccess: this chain gives every call the same one;
- `Account` among the query maps: the first four of eleven entries stand for all, they differ in bytes only.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

import pytest

from netctl.devchain.chain import Chain
from netctl.devchain.codec import Codec
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.scale import Cursor
from netctl.devchain.storage import Frame, Item
from tests.devchain.lab import ALICE, BOB, TAO, Signer, event_names, transfer
from tests.devchain.test_vectors import VECTORS, codec, unhex  # noqa: F401
from tests.oracle.stage import a_stage

pytestmark = pytest.mark.fast

FRIENDLIER = {
    "weights_rate_limit",
    "serving_rate_limit",
    "min_difficulty",
    "difficulty",
    "commit_reveal_weights_enabled",
}
"""Hyperparameters that new subnets have otherwise than a localnet's, see docs/embedded-chain.md."""
AS_REGISTERED = {"immunity_period", "min_allowed_weights"}
"""Those that register_network sets; the recorded subnet was made at genesis, ours as by register_network."""


def named(vector: dict[str, Any]) -> str:
    return f"{vector['pallet']}.{vector['storage_function']}"


@pytest.mark.parametrize("vector", VECTORS["query_maps"], ids=named)
def test_map_recorded_from_a_node_reads_as_it_was_decoded(vector: dict[str, Any], chain: Chain) -> None:
    item = Item(vector["pallet"], vector["storage_function"])
    entry = chain.world.codec.entry(item.pallet, item.name)
    prefix = tuple(vector["params"])
    assert entry.key(prefix) == unhex(vector["prefix_hex"])

    def put(frame: Frame) -> None:
        for key in list(frame.page(entry.key(prefix))):
            frame.remove_raw(key)
        for key, value in vector["raw_changes"]:
            frame.put_raw(unhex(key), unhex(value))

    chain.seal(put)
    found = dict(item.entries(chain.view(), *prefix))
    for (key, value), (raw_key, raw) in zip(vector["pairs"], vector["raw_changes"], strict=True):
        assert found[(key,)] == value
        assert entry.key((*prefix, key)) == unhex(raw_key)
        assert entry.encode(value) == unhex(raw)


@pytest.mark.parametrize("vector", VECTORS["constants"], ids=lambda v: f"{v['module']}.{v['name']}")
def test_constant_is_the_node_s(vector: dict[str, Any], codec: Codec) -> None:  # noqa: F811
    assert codec.runtime.constant(vector["module"], vector["name"]) == vector["decoded"]


@pytest.mark.parametrize("vector", VECTORS["ss58"], ids=lambda v: v["address"][:8])
def test_address_is_the_key_s(vector: dict[str, Any], codec: Codec) -> None:  # noqa: F811
    entry = codec.entry("SubtensorModule", "SubnetOwner")
    assert entry.decode(unhex(vector["public_key_hex"])) == vector["address"]
    assert entry.encode(vector["address"]) == unhex(vector["public_key_hex"])


@pytest.mark.parametrize("vector", VECTORS["block_extrinsics"], ids=lambda v: v["call"])
def test_extrinsic_of_the_recorded_block_hashes_and_parses(vector: dict[str, Any], codec: Codec) -> None:  # noqa: F811
    raw = unhex(vector["hex"])
    assert blake2b(raw, digest_size=32).hexdigest() == vector["hash"].removeprefix("0x")
    cursor = Cursor(raw)
    assert cursor.compact() == vector["length"]
    if raw.startswith(unhex(VECTORS["recorded_transfer"]["hex"])):
        name = parse_extrinsic(raw, codec).name
    else:
        bare = codec.runtime.decode_call(cursor.rest()[1:])
        name = bare["call_module"], bare["call_function"]
    assert ".".join(name) == vector["call"]


def test_transfer_leaves_the_receipt_that_the_node_left(chain: Chain) -> None:
    told = Signer(chain, ALICE).run(*transfer(BOB, TAO))
    recorded = VECTORS["receipt"]
    assert event_names(told) == [event["name"] for event in recorded["events"]]
    for ours, theirs in zip(told, recorded["events"], strict=True):
        if theirs["name"] != "System.ExtrinsicSuccess":
            assert ours["attributes"] | {"who": 0} == theirs["attributes"] | {"who": 0}, theirs["name"]
    assert told[0]["attributes"]["amount"] == recorded["fee"]


def test_fee_quote_has_the_node_s_shape(chain: Chain) -> None:
    raw = Signer(chain, ALICE).bytes(transfer(BOB, TAO))
    answer = chain.queries.call("TransactionPaymentApi_query_info", raw + len(raw).to_bytes(4, "little"), 0)
    decoded = chain.world.codec.decode(chain.world.codec.apis["TransactionPaymentApi_query_info"].output, answer)
    assert sorted(decoded) == VECTORS["payment_info"]["keys"]
    assert decoded["weight"].keys() == VECTORS["payment_info"]["weight"].keys()
    assert decoded["partial_fee"] == VECTORS["fee_paid"]


def shape(value: Any) -> Any:
    """A decoded value without its numbers and addresses: the names of its fields, and what is in them."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


@pytest.mark.parametrize("vector", VECTORS["api_calls"], ids=lambda v: v["method"])
def test_question_and_answer_of_a_runtime_api_are_coded_as_recorded(vector: dict[str, Any], codec: Codec) -> None:  # noqa: F811
    method = codec.apis[f"{vector['api']}_{vector['method']}"]
    asked = zip(method.inputs, vector["params"], strict=True)
    assert b"".join(codec.encode(kind, value) for (_, kind), value in asked) == unhex(vector["encoded_params_hex"])
    decoded = codec.decode(method.output, unhex(vector["raw_hex"]))
    assert json.loads(json.dumps(decoded)) == vector["decoded"]


@pytest.mark.parametrize("vector", VECTORS["api_calls"], ids=lambda v: v["method"])
def test_chain_answers_in_the_recorded_shape(vector: dict[str, Any]) -> None:
    with a_stage([5]) as stage:
        name = f"{vector['api']}_{vector['method']}"
        raw = stage.chain.queries.call(name, unhex(vector["encoded_params_hex"]), stage.chain.head.number)
        answer = stage.chain.world.codec.decode(stage.chain.world.codec.apis[name].output, raw)
        assert shape(answer) == shape(vector["decoded"])


def test_hyperparameters_of_a_new_subnet_are_the_localnet_s_but_for_those_named(chain: Chain) -> None:
    vector = next(each for each in VECTORS["api_calls"] if each["method"] == "get_subnet_hyperparams")
    name = "SubnetInfoRuntimeApi_get_subnet_hyperparams"
    answer = chain.world.codec.decode(chain.world.codec.apis[name].output, chain.queries.call(name, b"\1\0", 0))
    differ = {key for key, value in vector["decoded"].items() if answer[key] != value}
    expected = FRIENDLIER | AS_REGISTERED
    assert differ == expected, {key: (answer[key], vector["decoded"][key]) for key in differ ^ expected}
