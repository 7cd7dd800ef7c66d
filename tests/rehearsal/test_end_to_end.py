"""Miner and validator as processes, on an embedded chain."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlparse

import aiohttp
import psutil
import pytest

from netctl.packs import load
from netctl.signals.trial import tried
from tests.chains import start_chain
from tests.rehearsal.subnet import NETUID, Process, Subnet, until

MOST_RSS_BYTES = 100 * 1024 * 1024
FIRST_EVALUATION_S = 40
FIRST_WEIGHTS_S = 40
MINERS_TELL = {
    *("own_uid", "serving", "miner_started", "status", "strategy_loaded", "request_served", "index_served"),
    *("bucket_served", "scrape_started", "page_found", "scraped", "day_awaited", "day_began"),
}
VALIDATORS_TELL = {
    *("own_uid", "serving", "step", "batch", "evaluation_started", "index_received", "bucket_queried"),
    *("bucket_received", "bucket_passed", "validated", "api_result", "evaluated", "waiting"),
    *("weights_attempted", "weight", "weights_set", "weights_finished"),
}
NO_SIGNAL = ("All Weights", "┏", "┃", "┡", "└", "<hotkey>: Index answer of ", "<hotkey>: GetMinerIndex: ")
"""What only says again what a signal says, or is for reading."""


def positive_scores(process: Process) -> list[str]:
    """The uids that a validator gave a score above zero, in the order of its log."""
    found = re.findall(r"Evaluated Miner (\d+)\. Score=(\S+)\. Credibility=\S+\.", process.text())
    return [uid for uid, score in found if float(score) > 0]


async def start_both(subnet: Subnet, time_scale: str = "60") -> tuple[Process, Process, str, str]:
    """A miner, then, with its permit, a validator; returns them and their hotkeys.

    The miner has some stake, and so a permit, as every miner that emission has reached.
    """
    miner_hotkey = await subnet.join("miner_1", stake_tao=1)
    validator_hotkey = await subnet.join("validator_1", stake_tao=20)

    async def has_permit() -> bool:
        own = (await subnet.metagraph()).by_hotkey(validator_hotkey)
        return own is not None and own.validator_permit

    await until("the validator's permit", has_permit)
    miner = subnet.start("miner", "miner_1", REHEARSAL_TIME_SCALE=time_scale)
    await until("the miner's start", lambda: "Miner starting at" in miner.text())
    validator = subnet.start("validator", "validator_1", "--max_targets", "10", REHEARSAL_TIME_SCALE=time_scale)
    return miner, validator, miner_hotkey, validator_hotkey


@pytest.mark.slow
async def test_a_miner_is_evaluated_and_gets_weight(subnet: Subnet) -> None:
    """The whole way over HTTP and the chain, with coldkeys locked away, in the minute that a rehearsal promises."""
    miner, validator, miner_hotkey, validator_hotkey = await start_both(subnet)
    scored = await until("a score above zero", lambda: positive_scores(validator), FIRST_EVALUATION_S)
    graph = await subnet.metagraph()
    uids = {neuron.hotkey: neuron.uid for neuron in graph.neurons}
    axons = {neuron.hotkey: neuron.axon for neuron in graph.neurons}
    assert scored[0] == str(uids[miner_hotkey])
    assert axons[miner_hotkey] == f"127.0.0.1:{miner.port}"
    assert axons[validator_hotkey] == f"127.0.0.1:{validator.port}"

    async def weight() -> Any:
        given = await subnet.client.weights.weights(NETUID)
        return dict(given.get(uids[validator_hotkey], [])).get(uids[miner_hotkey])

    assert await until("a weight on the chain", weight, FIRST_WEIGHTS_S) > 0
    assert f"Got to a GetMinerIndex request from {validator_hotkey}" in miner.text()
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"http://127.0.0.1:{miner.port}/GetMinerIndex", json={})
        assert answer.status == 401
    for process in (miner, validator):
        assert psutil.Process(process.popen.pid).memory_info().rss < MOST_RSS_BYTES
        assert process.stop() == 0
        assert process.err.read_text() == ""
    for role, process, wanted in (("miner", miner, MINERS_TELL), ("validator", validator, VALIDATORS_TELL)):
        trial = tried([process.text().encode()], load("rehearsal").spec.signals_of(role), "stdout")
        assert wanted - set(trial.counts) == set()
        left = {shape.text for shape in trial.shapes.most_frequent(100)}
        assert {text for text in left if not text.startswith(NO_SIGNAL)} == set()


@pytest.mark.slow
async def test_both_go_on_when_the_chain_was_away_for_a_moment(subnet: Subnet) -> None:
    miner, validator, _, _ = await start_both(subnet, time_scale="240")
    before = len(await until("a score above zero", lambda: positive_scores(validator)))
    subnet.chain.stop()
    port = urlparse(subnet.chain.url).port
    assert port is not None
    subnet.chain = start_chain(subnet.place / "chain", seal="interval", port=port)
    resynced = miner.text().count("Successfuly resynced")
    await until("two more scores", lambda: len(positive_scores(validator)) >= before + 2, 60)
    await until("the miner's next resync", lambda: miner.text().count("Successfuly resynced") > resynced, 60)
    assert miner.popen.poll() is None
    assert validator.popen.poll() is None


async def test_a_neuron_that_cannot_start_says_why_and_exits_1(subnet: Subnet) -> None:
    """Not registered, in either role; and with its port taken, which the real one would not even mention."""
    subnet.make_wallet("stranger")
    await subnet.join("miner_1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        strangers = [subnet.start(role, "stranger") for role in ("miner", "validator")]
        late = subnet.start("miner", "miner_1", "--axon.port", str(port))
        await until("their end", lambda: all(each.popen.poll() is not None for each in [*strangers, late]))
    assert [each.popen.returncode for each in [*strangers, late]] == [1, 1, 1]
    for stranger in strangers:
        assert f"is not registered on netuid {NETUID}. Please register" in stranger.text()
    assert f"Axon cannot listen on 127.0.0.1:{port}" in late.text()
