"""The journal as people read it, and whether the chain says the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from netctl.errors import ExtrinsicRejected
from netctl.paying.audit import Audit, audit
from netctl.paying.intents import INTENT, OUTCOME, spent_rao
from netctl.paying.ledger import OPEN, chosen, lines_of, payments, total, totals
from netctl.ports import Chain, Receipt, Signed
from tests.chains import TAO, RunningChain
from tests.fakes import Killed
from tests.money.conftest import MakeTill, Till

FEE = 166_000


def intent(hash_: str = "0x1", **facts: Any) -> dict[str, Any]:
    usual = {
        "kind": INTENT,
        "time": "2026-11-22T12:00:00.000Z",
        "run": "r1",
        "command": "netctl fleet up",
        "hash": hash_,
        "signer": "5A",
        "nonce": 0,
        "first_block": 5,
        "last_block": 20,
        "genesis": "0x0",
        "call": "SubtensorModule.register_limit",
        "purpose": "register",
        "neuron": "miner_1",
        "amount_rao": TAO,
        "fee_rao": FEE,
    }
    return {**usual, **facts}


def outcome(hash_: str = "0x1", result: str = "included", **facts: Any) -> dict[str, Any]:
    return {"kind": OUTCOME, "hash": hash_, "result": result, **facts}


PAID: Sequence[Mapping[str, Any]] = (
    intent("0x1", purpose="fund", neuron=None, time="2026-11-20T00:00:00.000Z", ends=["transfer 5B", "transfer 5C"]),
    outcome("0x1", fee_rao=FEE, moved_rao=3 * TAO, block=3, block_hash="0xb", index=1),
    intent("0x2"),
    outcome("0x2", fee_rao=FEE, moved_rao=TAO // 2, block=7, block_hash="0xc"),
    intent("0x3", neuron="miner_2"),
    outcome("0x3", "rejected", fee_rao=FEE, code="TooDear"),
    intent("0x4", neuron="miner_2", time="2026-11-23T12:00:00.000Z"),
    outcome("0x4", "not_included"),
    intent("0x5", purpose="stake", time="2026-11-23T13:00:00.000Z", command=""),
)


@pytest.mark.fast
def test_each_payment_is_one_line_with_what_came_of_it() -> None:
    found = payments(PAID)
    assert [(p.result, p.amount_rao, p.fee_rao, p.spent_rao) for p in found] == [
        ("included", 3 * TAO, FEE, FEE),
        ("included", TAO // 2, FEE, TAO // 2 + FEE),
        ("rejected", 0, FEE, FEE),
        ("not_included", 0, 0, 0),
        (OPEN, TAO, FEE, TAO + FEE),
    ]
    first = found[0].document()
    assert (first["extrinsic"], first["extrinsic_hash"], first["ends"]) == (
        "3-1",
        "0x1",
        ["transfer 5B", "transfer 5C"],
    )
    assert (first["amount_tao"], first["fee_tao"], first["spent_tao"]) == ("3.000000000", "0.000166000", "0.000166000")
    assert (found[1].place, found[1].block, found[1].ends) == (None, 7, ())
    assert found[0].command == "netctl fleet up"


@pytest.mark.fast
def test_the_totals_are_those_that_the_budget_counts() -> None:
    found = payments(PAID)
    assert total(found).spent_rao == spent_rao(PAID) == sum(each.spent_rao for each in totals(found).values())
    assert list(totals(found)) == ["fund", "register", "stake"]
    assert (totals(found)["register"].payments, totals(found)["register"].fee_rao) == (3, 2 * FEE)
    assert totals(found)["fund"].moved_rao == 3 * TAO


@pytest.mark.fast
def test_a_journal_of_before_is_read_all_the_same() -> None:
    """Lines without context, ends, index or what was moved, as the first netctl wrote them."""
    old = {name: value for name, value in intent().items() if name not in ("time", "run", "command")}
    (found,) = payments([old, outcome(fee_rao=FEE, block=9)])
    assert (found.when, found.command, found.ends, found.place) == ("", "", (), None)
    assert (found.amount_rao, found.spent_rao) == (TAO, TAO + FEE)
    assert chosen([found], since=1.0) == ()


@pytest.mark.fast
@pytest.mark.parametrize(
    ("words", "hashes"),
    [
        ({}, ["0x1", "0x2", "0x3", "0x4", "0x5"]),
        ({"neuron": "miner_1"}, ["0x2", "0x5"]),
        ({"purpose": "register"}, ["0x2", "0x3", "0x4"]),
        ({"purpose": "register", "neuron": "miner_2"}, ["0x3", "0x4"]),
        ({"since": 1_795_348_800.0}, ["0x2", "0x3", "0x4", "0x5"]),
        ({"since": 1_795_348_801.0}, ["0x4", "0x5"]),
        ({"since": 2e9}, []),
    ],
)
def test_payments_are_chosen_by_time_neuron_and_purpose(words: dict[str, Any], hashes: list[str]) -> None:
    found = chosen(payments(PAID), **words)
    assert [each.intent.hash for each in found] == hashes
    assert [line["hash"] for line in lines_of(PAID, found) if line["kind"] == INTENT] == hashes
    assert all(line in PAID for line in lines_of(PAID, found))


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "moment"),
    [("2h", 10_000 - 7200), ("1970-01-01", 0), ("1970-01-01T01:00", 3600), ("1970-01-01T01:00+01:00", 0)],
)
def test_a_moment_is_a_span_before_now_or_a_time_in_utc(text: str, moment: float) -> None:
    from netctl.durations import moment_of

    assert moment_of(text, now=10_000) == moment


async def audited(till: Till) -> Audit:
    return await audit(payments(till.world.journal.entries()), till.world.chain)


def verdicts(of: Audit) -> list[str]:
    return [each.verdict for each in of.found]


async def test_the_sum_is_what_left_the_account_and_what_the_chain_says(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    """Amounts of both kinds, a refusal that costs its fee, and one that never was: to the rao."""
    till = await open_till(devchain)
    before = (await till.world.chain.accounts([till.payer.ss58]))[till.payer.ss58].free_rao
    await till.pay(2 * TAO)
    await till.pay(3 * TAO, purpose="fund", neuron=None)
    with pytest.raises(ExtrinsicRejected):
        await till.pay(10_000 * TAO)
    left = (await till.world.chain.accounts([till.payer.ss58]))[till.payer.ss58].free_rao
    found = await audited(till)
    assert verdicts(found) == ["agrees"] * 3
    assert found.ok
    assert found.journal_rao == found.chain_rao == before - left - 3 * TAO
    assert found.found[2].chain_rao == found.found[2].payment.fee_rao > 0
    assert all(each.payment.index is not None for each in found.found[:2])
    told = found.document()
    assert (told["ok"], told["difference_rao"], len(told["payments"])) == (True, 0, 3)


@pytest.mark.parametrize(
    "change",
    [{"fee_rao": 1}, {"moved_rao": 1}, {"block": 1}, {"result": "not_included"}, {"result": "rejected", "fee_rao": 0}],
)
async def test_a_journal_that_is_a_rao_off_is_found_out(
    open_till: MakeTill, devchain: RunningChain, change: dict[str, Any]
) -> None:
    till = await open_till(devchain)
    await till.pay(2 * TAO)
    entries = [dict(entry) for entry in till.world.journal.entries()]
    for name, by in change.items():
        entries[1][name] = by if name == "result" or by == 0 else entries[1][name] + by
    found = await audit(payments(entries), till.world.chain)
    assert verdicts(found) == ["differs"]
    assert found.found[0].why
    assert not found.ok


async def test_an_amount_among_one_s_own_keys_must_be_right_though_it_is_not_spent(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    till = await open_till(devchain)
    await till.pay(2 * TAO, purpose="fund")
    entries = [dict(entry) for entry in till.world.journal.entries()]
    entries[1]["moved_rao"] += 1
    found = await audit(payments(entries), till.world.chain)
    assert (verdicts(found), found.journal_rao == found.chain_rao, found.ok) == (["differs"], True, False)


async def test_what_nobody_has_looked_up_is_named(open_till: MakeTill, devchain: RunningChain) -> None:
    """Killed before sending: it may still come. Killed after: it is on the chain. Then its era is past."""
    late = await open_till(devchain, journal="late")
    late.faults.before = _dying
    with pytest.raises(Killed):
        await late.pay(TAO)
    found = await audited(late)
    assert (verdicts(found), found.ok) == (["pending"], True)
    assert str(found.found[0].payment.intent.last_block) in found.found[0].why
    devchain.mine(70)
    found = await audited(late)
    assert (verdicts(found), found.ok, found.chain_rao) == (["never"], True, 0)

    sent = await open_till(devchain, journal="sent")
    sent.faults.after = _dying
    with pytest.raises(Killed):
        await sent.pay(TAO)
    found = await audited(sent)
    assert (verdicts(found), found.ok) == (["unknown"], False)
    assert found.chain_rao > TAO
    assert found.journal_rao == 0
    assert len(list(sent.world.journal.entries())) == 1, "looking writes nothing"


async def _dying(_signed: Signed) -> None:
    raise Killed


async def test_a_lost_one_that_the_journal_decided_agrees(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    till.faults.before = _dying
    with pytest.raises(Killed):
        await till.pay(TAO)
    devchain.mine(70)
    await till.pay(2 * TAO)
    assert till.results() == ["not_included", "included"]
    found = await audited(till)
    assert (verdicts(found), found.ok) == (["agrees", "agrees"], True)


async def test_a_payment_of_another_chain_is_left_out(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    await till.pay(TAO)
    entries = [dict(entry) for entry in till.world.journal.entries()]
    entries[0]["genesis"] = "0xabc"
    found = await audit(payments(entries), till.world.chain)
    assert (verdicts(found), found.ok, found.journal_rao, found.chain_rao) == (["elsewhere"], True, 0, 0)


class Forgetful:
    """The chain behind a node that has thrown old blocks' state away: what it says of an extrinsic has no events."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def find(self, signed_hash: str, **where: Any) -> Receipt | None:
        receipt = await self._chain.find(signed_hash, **where)
        return None if receipt is None else replace(receipt, fee_rao=0, events=())


async def test_what_the_node_does_not_keep_is_not_taken_for_right(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    await till.pay(TAO)
    found = await audit(payments(till.world.journal.entries()), cast("Chain", Forgetful(till.world.chain)))
    assert (verdicts(found), found.ok) == (["unreadable"], False)
    assert "does not keep" in found.found[0].why


async def test_a_payment_that_the_chain_never_had_is_found_out(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    await till.pay(TAO)
    text = "".join(json.dumps(entry) + "\n" for entry in till.world.journal.entries())
    real = till.world.journal.entries()[0]["hash"]
    forged = [json.loads(line) for line in text.replace(real, "0x" + "ab" * 32).splitlines()]
    found = await audit(payments(forged), till.world.chain)
    assert (verdicts(found), found.ok, found.chain_rao) == (["differs"], False, 0)
    assert "in no block" in found.found[0].why
