"""Byte-exact against what a real Subtensor node of spec 461 recorded; vectors.json says where it is from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netctl.devchain.codec import Codec
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.fees import fee_rao
from netctl.devchain.header import Header, decode_header
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallet import CallRule
from netctl.devchain.runtime import packed_runtime
from netctl.devchain.scale import Cursor, compact
from netctl.devchain.storage import Item
from tests.devchain.lab import make_chain

pytestmark = pytest.mark.fast

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())


@pytest.fixture(scope="module")
def codec() -> Codec:
    return packed_runtime(ChainOptions()).codec


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def recorded_header() -> Header:
    told = VECTORS["header"]["json"]
    return Header(
        unhex(told["parentHash"]),
        int(told["number"], 16),
        unhex(told["stateRoot"]),
        unhex(told["extrinsicsRoot"]),
        tuple(unhex(log) for log in told["digest"]["logs"]),
    )


def test_header_hashes_as_the_node_hashed_it() -> None:
    header = recorded_header()
    assert header.hash() == unhex(VECTORS["header"]["hash"])
    assert decode_header(header.encode()) == header
    assert header.for_clients() == VECTORS["header"]["json"]


@pytest.mark.parametrize("vector", VECTORS["storage_keys"], ids=lambda v: v["storage_function"])
def test_storage_key_is_the_node_s(vector: dict[str, Any], codec: Codec) -> None:
    key = codec.storage_key(vector["pallet"], vector["storage_function"], *vector["params"])
    assert key == unhex(vector["key_hex"])


@pytest.mark.parametrize("vector", VECTORS["storage_values"], ids=lambda v: v["storage_function"])
def test_storage_value_reads_and_writes_as_the_node_s(vector: dict[str, Any]) -> None:
    chain = make_chain()
    entry = chain.world.codec.entry(vector["pallet"], vector["storage_function"])
    if vector["raw_hex"] is None:
        key = entry.key(tuple(vector["params"]))
        assert chain.view().get_raw(key) is None
        assert (
            Item(vector["pallet"], vector["storage_function"]).get(chain.view(), *vector["params"]) == vector["decoded"]
        )
    else:
        assert entry.decode(unhex(vector["raw_hex"])) == vector["decoded"]
        assert entry.encode(vector["decoded"]) == unhex(vector["raw_hex"])
    chain.close()


def test_events_encode_as_the_node_s(codec: Codec) -> None:
    raw = unhex(VECTORS["events"]["hex"])
    decoded = codec.entry("System", "Events").decode(raw)
    assert [f"{event['module_id']}.{event['event_id']}" for event in decoded] == VECTORS["events"]["names"]
    encoded = [codec.encode(codec.event_type, _as_emitted(event)) for event in decoded]
    assert compact(len(encoded)) + b"".join(encoded) == raw


def _as_emitted(event: dict[str, Any]) -> dict[str, Any]:
    index = event["extrinsic_idx"]
    phase = event["phase"] if index is None else {"ApplyExtrinsic": index}
    return {"phase": phase, "event": {event["module_id"]: {event["event_id"]: event["attributes"]}}, "topics": []}


@pytest.mark.parametrize("vector", VECTORS["calls"], ids=lambda v: f"{v['module']}.{v['function']}")
def test_call_reads_and_writes_as_recorded(vector: dict[str, Any], codec: Codec) -> None:
    raw = unhex(vector["data_hex"])
    decoded = codec.runtime.decode_call(raw)
    assert (decoded["call_module"], decoded["call_function"]) == (vector["module"], vector["function"])
    assert _composed(codec, decoded) == raw


def _composed(codec: Codec, value: Any) -> Any:
    """Decoded calls composed again, from the innermost outward."""
    if isinstance(value, list):
        return [_composed(codec, each) for each in value]
    if not (isinstance(value, dict) and "call_args" in value):
        return value
    args = {arg["name"]: _composed(codec, arg["value"]) for arg in value["call_args"]}
    return bytes(codec.runtime.compose_call(value["call_module"], value["call_function"], args))


@pytest.mark.parametrize("vector", VECTORS["extrinsics"], ids=["immortal", "mortal"])
def test_signed_extrinsic_parses_to_what_was_signed(vector: dict[str, Any], codec: Codec) -> None:
    parsed = parse_extrinsic(unhex(vector["extrinsic_hex"]), codec)
    assert parsed.hash == unhex(vector["extrinsic_hash"])
    assert (parsed.nonce, parsed.tip, parsed.scheme) == (vector["nonce"], vector["tip"], 1)
    assert parsed.name == ("Balances", "transfer_keep_alive")
    if vector["era"] == "00":
        assert parsed.era is None
    else:
        assert parsed.era is not None
        current = vector["era"]["current"]
        assert parsed.era.period == vector["era"]["period"]
        assert (parsed.era.birth(current), parsed.era.death(current)) == (current, current + parsed.era.period)


@pytest.mark.parametrize("index", [0, 1], ids=["immortal", "mortal"])
def test_signed_payload_is_the_recorded_one(index: int, codec: Codec) -> None:
    vector = VECTORS["payloads"][index]
    genesis = unhex(VECTORS["genesis_hash"])
    fields = {"era": vector["era"], "nonce": vector["nonce"], "tip": vector["tip"], "tip_asset_id": None}
    raw, _ = codec.runtime.encode_signed_extrinsic(
        unhex(vector["call_data_hex"]), public_key=bytes(32), signature=bytes(64), signature_version=1, **fields
    )
    birth = unhex(vector.get("era_birth_block_hash") or VECTORS["genesis_hash"])
    assert parse_extrinsic(bytes(raw), codec).signed_payload(codec, genesis, birth) == unhex(vector["payload_hex"])


def test_signature_of_the_recorded_transfer_holds(codec: Codec) -> None:
    """Alice signed it on the recorded chain: only its genesis makes it valid."""
    parsed = parse_extrinsic(unhex(VECTORS["recorded_transfer"]["hex"]), codec)
    genesis = unhex(VECTORS["genesis_hash"])
    assert parsed.is_signed_for(codec, genesis, genesis)
    assert not parsed.is_signed_for(codec, genesis, bytes(32))
    assert not parsed.is_signed_for(codec, bytes(32), bytes(32))


def test_fee_of_the_recorded_transfer_is_what_the_node_took(codec: Codec) -> None:
    parsed = parse_extrinsic(unhex(VECTORS["recorded_transfer"]["hex"]), codec)
    assert fee_rao(parsed, CallRule()) == VECTORS["fee_paid"]


@pytest.mark.parametrize("vector", VECTORS["api_calls"], ids=lambda v: v["method"])
def test_runtime_api_answer_survives_a_round_trip(vector: dict[str, Any], codec: Codec) -> None:
    output = codec.apis[f"{vector['api']}_{vector['method']}"].output
    raw = unhex(vector["raw_hex"])
    assert codec.encode(output, codec.decode(output, raw)) == raw


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, "00"),
        (63, "fc"),
        (64, "0101"),
        (16383, "fdff"),
        (16384, "02000100"),
        (2**30, "0300000040"),
        (2**64 - 1, "13" + "ff" * 8),
    ],
)
def test_compact_numbers_encode_as_scale_says(number: int, encoded: str) -> None:
    assert compact(number).hex() == encoded
    assert Cursor(bytes.fromhex(encoded)).compact() == number
