"""The stand-in validator's cycles: each miner is judged once in each, whatever becomes of the weights."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from netctl.rehearsal import validator
from netctl.rehearsal.arguments import parse_arguments
from netctl.rehearsal.chain import ChainTrouble, Metagraph, Neuron
from netctl.rehearsal.day import Day
from netctl.rehearsal.pace import read_surroundings

pytestmark = pytest.mark.fast

OWN = Neuron(0, "5Own", True, 9.0, 0.0, 0.0, "127.0.0.1:1")
MINER = Neuron(1, "5Miner", False, 0.0, 0.0, 0.0, None)


class AwayBeforeWeights:
    """A chain that is away each time that weights are to be set, four times; then nothing is asked any more."""

    netuid = 428

    def __init__(self) -> None:
        self.asked = 0
        self.enough = asyncio.Event()

    async def metagraph(self) -> Metagraph:
        self.asked += 1
        if self.asked > 8:
            self.enough.set()
            await asyncio.Event().wait()
        if self.asked % 2 == 0:
            raise ChainTrouble("away")
        return Metagraph(7, (OWN, MINER))


async def test_a_chain_that_is_away_when_weights_are_due_has_no_miner_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(validator, "CHAIN_PAUSE_S", 0.0)
    surroundings = read_surroundings({})
    chain = AwayBeforeWeights()
    wallet: Any = SimpleNamespace(hotkey=SimpleNamespace(ss58_address=OWN.hotkey))
    # Half an hour into a day whose evaluations are an hour apart: all of it falls into the first.
    day = Day(1.0, time.time() - 1_800)
    working = validator.Validator(parse_arguments([], "test"), surroundings, wallet, cast("Any", chain), day)
    with caplog.at_level(logging.INFO, "rehearsal"):
        task = asyncio.create_task(working.validate_on(cast("Any", None)))
        await asyncio.wait_for(chain.enough.wait(), 30)
        task.cancel()
    said = [record.getMessage() for record in caplog.records]
    assert sum("Retrying in" in line for line in said) == 4
    assert sum("5Miner: Evaluating miner." in line for line in said) == 1
