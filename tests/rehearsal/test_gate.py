"""Whom an axon answers: signed, fresh, permitted, and not too often."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from bittensor.sp_core import Keypair

from netctl.rehearsal.axon import Gate
from netctl.rehearsal.chain import Metagraph, Neuron
from netctl.rehearsal.protocol import GET_DATA_ENTITY_BUCKET, GET_MINER_INDEX, SignedRequest, read_request, sign_request

pytestmark = pytest.mark.fast
MINER, VALIDATOR, STRANGER = (Keypair.create_from_uri(uri) for uri in ("//Miner", "//Validator", "//Stranger"))
PATH = f"/{GET_MINER_INDEX}"


@dataclass
class Clock:
    now_ms: int = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


def gate_at(clock: Clock, *, permit: bool = True, stake: float = 500, limit: float = 300) -> Gate:
    gate = Gate(MINER.ss58_address, window_ms=5_000, vpermit_limit=limit, now_ms=clock)
    neuron = Neuron(0, VALIDATOR.ss58_address, permit, stake, 0.0, 0.0, None)
    other = Neuron(1, MINER.ss58_address, False, 0.0, 0.0, 0.0, None)
    gate.metagraph = Metagraph(1, (neuron, other))
    return gate


def ask(gate: Gate, clock: Clock, *, by: Keypair = VALIDATOR, body: bytes = b"{}", name: str = GET_MINER_INDEX) -> int:
    """One honest request; returns the status of its refusal, or 200."""
    request = signed(clock, by=by, body=body)
    refusal = gate.refusal(request, name)
    return 200 if refusal is None else refusal[0]


def signed(clock: Clock, *, by: Keypair = VALIDATOR, body: bytes = b"{}", receiver: Keypair = MINER) -> SignedRequest:
    headers = sign_request(by, receiver=receiver.ss58_address, path=PATH, body=body, now_ms=clock.now_ms)
    request = read_request(headers, method="POST", path=PATH, body=body)
    assert request is not None
    return request


def test_a_validator_with_permit_and_stake_is_answered() -> None:
    clock = Clock()
    assert ask(gate_at(clock), clock) == 200


def test_others_are_refused() -> None:
    clock = Clock()
    assert ask(gate_at(clock), clock, by=STRANGER) == 403
    assert ask(gate_at(clock), clock, by=MINER) == 403
    assert ask(gate_at(clock, permit=False), clock) == 403
    assert ask(gate_at(clock, stake=299), clock) == 403
    blind = gate_at(clock)
    blind.metagraph = None
    assert ask(blind, clock) == 403


def test_a_request_that_was_tampered_with_is_refused() -> None:
    clock = Clock()
    headers = sign_request(VALIDATOR, receiver=MINER.ss58_address, path=PATH, body=b"{}", now_ms=clock.now_ms)
    for method, path, body in (("GET", PATH, b"{}"), ("POST", "/Other", b"{}"), ("POST", PATH, b"[]")):
        refusal = gate_at(clock).refusal(read_request(headers, method=method, path=path, body=body), GET_MINER_INDEX)
        assert refusal is not None
        assert refusal[0] == 401
    forged = replace(signed(clock, by=STRANGER), sender=VALIDATOR.ss58_address)
    short = replace(signed(clock), signature=b"12")
    nobody = replace(signed(clock), sender="5bad")
    for request in (None, forged, short, nobody):
        refusal = gate_at(clock).refusal(request, GET_MINER_INDEX)
        assert refusal is not None
        assert refusal[0] == 401


@pytest.mark.parametrize("missing", ["Hotkey", "Receiver", "Nonce", "Timestamp", "Signature"])
def test_headers_that_lack_a_part_make_no_request(missing: str) -> None:
    headers = sign_request(VALIDATOR, receiver=MINER.ss58_address, path=PATH, body=b"", now_ms=1)
    del headers[f"X-Rehearsal-{missing}"]
    assert read_request(headers, method="POST", path=PATH, body=b"") is None


def test_a_replay_a_stale_one_and_one_for_another_miner_are_refused() -> None:
    clock = Clock()
    gate = gate_at(clock)
    request = signed(clock)
    assert gate.refusal(request, GET_MINER_INDEX) is None
    replayed = gate.refusal(request, GET_MINER_INDEX)
    assert replayed is not None
    assert "Nonce" in replayed[1]
    for_other = gate.refusal(signed(clock, receiver=STRANGER), GET_MINER_INDEX)
    assert for_other is not None
    stale = signed(clock)
    clock.now_ms += 31_000
    assert gate.refusal(stale, GET_MINER_INDEX) is not None


def test_a_validator_is_answered_twice_as_often_as_an_evaluation_needs_and_no_more() -> None:
    clock = Clock()
    gate = gate_at(clock)
    assert [ask(gate, clock) for _ in range(3)] == [200, 200, 429]
    buckets = [ask(gate, clock, name=GET_DATA_ENTITY_BUCKET) for _ in range(7)]
    assert buckets == [200] * 6 + [429]
    clock.now_ms += 5_000
    assert ask(gate, clock) == 200
