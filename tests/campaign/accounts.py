"""What the chain itself says was paid between two of its blocks: by its events and balances, past netctl."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import bittensor as bt
from websockets.asyncio.client import ClientConnection, connect

from tests.sdk import connected


@dataclass
class Paid:
    """What was paid, as ``transfer 5F...``, and in which blocks; fees of all extrinsics, those that failed included."""

    blocks: dict[str, list[int]] = field(default_factory=dict)
    fees_rao: int = 0
    extrinsics: int = 0

    @property
    def ends(self) -> Counter[str]:
        return Counter({end: len(blocks) for end, blocks in self.blocks.items()})


async def paid_since(url: str, start: int, accounts: Collection[str]) -> Paid:
    """Everything that these accounts signed in the blocks after `start`."""
    found = Paid()
    async with connect(url, max_size=None) as socket, connected(url) as client:
        head = await client.block()
        busy = await _with_extrinsics(socket, range(start + 1, head + 1))
        events = await asyncio.gather(*(client.query(bt.storage.System.Events, block=number) for number in busy))
    for number, records in zip(busy, events, strict=True):
        _enter(number, records, frozenset(accounts), found)
    return found


async def free_rao(url: str, accounts: Collection[str]) -> dict[str, int]:
    """What these accounts hold now."""
    async with connected(url) as client:
        rows = await asyncio.gather(*(client.query(bt.storage.System.Account, [ss58]) for ss58 in accounts))
    return {ss58: int(row["data"]["free"]) for ss58, row in zip(accounts, rows, strict=True)}


async def _with_extrinsics(socket: ClientConnection, numbers: range) -> list[int]:
    """The blocks that hold more than the chain's own extrinsic."""
    hashes = await _batch(socket, "chain_getBlockHash", list(numbers))
    blocks = await _batch(socket, "chain_getBlock", hashes)
    return [number for number, each in zip(numbers, blocks, strict=True) if len(each["block"]["extrinsics"]) > 1]


async def _batch(
    socket: ClientConnection, method: str, arguments: list[object]
) -> list[dict[str, dict[str, list[str]]]]:
    answers: dict[int, dict[str, dict[str, list[str]]]] = {}
    for start in range(0, len(arguments), 50):
        part = list(enumerate(arguments))[start : start + 50]
        await socket.send(json.dumps([{"jsonrpc": "2.0", "id": i, "method": method, "params": [a]} for i, a in part]))
        answers |= {answer["id"]: answer["result"] for answer in json.loads(await socket.recv())}
    return [answers[number] for number in range(len(arguments))]


def _enter(number: int, records: list[dict[str, Any]], accounts: frozenset[str], found: Paid) -> None:
    payers: dict[int, str] = {}
    for record in records:
        attributes = record["attributes"]
        is_fee = record["event_id"] == "TransactionFeePaid" and isinstance(attributes, dict)
        if is_fee and attributes["who"] in accounts:
            payers[record["extrinsic_idx"]] = attributes["who"]
            found.fees_rao += int(attributes["actual_fee"])
            found.extrinsics += 1
    for record in records:
        if record["extrinsic_idx"] not in payers:
            continue
        end = _end(record["event_id"], record["attributes"], accounts)
        if end is not None:
            found.blocks.setdefault(end, []).append(number)


def _end(name: str, attributes: Any, accounts: frozenset[str]) -> str | None:
    if name == "Transfer" and attributes["to"] in accounts:
        return f"transfer {attributes['to']}"
    if name == "NeuronRegistered":
        return f"register {attributes[0]} {attributes[2]}"
    if name == "StakeAdded":
        return f"stake {attributes[4]} {attributes[1]}"
    return None


async def was_short(url: str, block: int, *, coldkey: str, hotkey: str, netuid: int, others: int, due_rao: int) -> bool:
    """Whether the coldkey held, right before this block, less than its registration and what else is due could cost.

    `others` registrations may come before its own and raise the price.
    """
    async with connected(url) as client:
        account = await client.query(bt.storage.System.Account, [coldkey], block=block - 1)
        burn = int(await client.query(bt.storage.SubtensorModule.Burn, [netuid], block=block - 1))
        uid = await client.query(bt.storage.SubtensorModule.Uids, [netuid, hotkey], block=block - 1)
    price = 0 if uid is not None else int(burn * 1.26**others)
    return int(account["data"]["free"]) < price + due_rao
