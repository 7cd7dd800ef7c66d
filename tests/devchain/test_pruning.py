"""Whose slot a newcomer gets on a full subnet: the rule in plain words, against the chain on states drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from bittensor_core import Keypair
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netctl.devchain.chain import Chain
from netctl.devchain.frame import BlockFrame
from netctl.devchain.pallets.subtensor.uids import neuron_to_prune
from netctl.devchain.storage import Item
from tests.devchain.lab import ALICE
from tests.oracle.stage import Stage, a_stage

BLOCK = 1_000
SLOTS = 6


@dataclass(frozen=True)
class Neuron:
    """What counts when it is to be seen who goes."""

    emission: int
    since: int
    is_owners: bool


def who_goes(
    neurons: list[Neuron], *, own_uid: int | None, immunity: int, least_exposed: int, owners_kept: int
) -> int | None:
    """The least emission, then the longest there, then the lowest uid.

    The owner's first few by age stay, its own hotkey before all others; who is immune goes only where no more than so
    many others are left, and then the others all stay.
    """
    owners = sorted((each.since, uid) for uid, each in enumerate(neurons) if each.is_owners)
    kept = [uid for _, uid in owners][:owners_kept]
    if own_uid is not None and own_uid not in kept:
        kept = [own_uid, *kept][:owners_kept]
    candidates = [(each.emission, each.since, uid) for uid, each in enumerate(neurons) if uid not in kept]
    exposed = [each for each in candidates if BLOCK - each[1] >= immunity]
    immune = [each for each in candidates if each not in exposed]
    chosen = exposed if len(exposed) > least_exposed else immune
    return min(chosen)[2] if chosen else None


NEURONS = st.builds(Neuron, st.integers(0, 3), st.integers(BLOCK - 4, BLOCK), st.booleans())


def put(frame: BlockFrame, name: str, value: Any, *keys: Any) -> None:
    Item("SubtensorModule", name).put(frame, value, *keys)


def arrange(frame: BlockFrame, stage: Stage, neurons: list[Neuron], own_uid: int | None) -> None:
    """Make the neurons what they are said to be."""
    put(frame, "Emission", [each.emission for each in neurons], 1)
    owned = []
    for uid, each in enumerate(neurons):
        put(frame, "BlockAtRegistration", each.since, 1, uid)
        hotkey = stage.hotkeys[uid].ss58_address
        put(frame, "Owner", ALICE.ss58_address if each.is_owners else stage.coldkeys[uid].ss58_address, hotkey)
        owned += [hotkey] if each.is_owners else []
    put(frame, "OwnedHotkeys", owned, ALICE.ss58_address)
    own = Keypair.create_from_uri("//Elsewhere") if own_uid is None else stage.hotkeys[own_uid]
    put(frame, "SubnetOwnerHotkey", own.ss58_address, 1)


@pytest.fixture(scope="module")
def stage() -> Any:
    with a_stage([0] * SLOTS) as made:
        yield made


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    neurons=st.lists(NEURONS, min_size=SLOTS, max_size=SLOTS),
    own_uid=st.one_of(st.none(), st.integers(0, SLOTS - 1)),
    immunity=st.integers(0, 5),
    least_exposed=st.integers(0, SLOTS),
    owners_kept=st.integers(1, 3),
)
def test_who_goes_is_as_the_rule_says(
    stage: Stage, neurons: list[Neuron], own_uid: int | None, immunity: int, least_exposed: int, owners_kept: int
) -> None:
    chain: Chain = stage.chain
    frame = BlockFrame(chain.world, BLOCK)
    arrange(frame, stage, neurons, own_uid)
    put(frame, "ImmunityPeriod", immunity, 1)
    put(frame, "MinNonImmuneUids", least_exposed, 1)
    put(frame, "ImmuneOwnerUidsLimit", owners_kept, 1)
    rules = {"immunity": immunity, "least_exposed": least_exposed, "owners_kept": owners_kept}
    assert neuron_to_prune(frame, 1) == who_goes(neurons, own_uid=own_uid, **rules)
