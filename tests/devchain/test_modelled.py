"""The page of what is modelled says what the chain does, call by call and read by read."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from netctl.devchain.chain import Chain
from netctl.devchain.frame import BlockFrame
from netctl.devchain.modelled import UNREAD, Entry, entries, page
from netctl.devchain.pallet import NOBODY, Pallet, approximates, approximation, call
from netctl.devchain.queries import BadQuery
from tests.devchain.lab import make_chain

PAGE = Path(__file__).parents[2] / "docs" / "modelled.md"
all_entries = cache(entries)
"""Asked in the tests only, for every worker imports this module."""


def test_the_page_is_what_the_code_says(request: pytest.FixtureRequest) -> None:
    """`--update-golden` writes it."""
    said = page(all_entries())
    if request.config.getoption("--update-golden"):
        PAGE.write_text(said, encoding="utf-8")
    assert said == PAGE.read_text(encoding="utf-8"), (
        "regenerate it: pytest --update-golden tests/devchain/test_modelled.py"
    )


def of_kind(kind: str) -> list[Entry]:
    return [each for each in all_entries() if each.kind == kind]


def test_every_call_of_the_metadata_stands_there_once(chain: Chain) -> None:
    wanted = [(pallet, name) for pallet, names in chain.world.codec.registry.calls().items() for name in names]
    assert [(each.group, each.name) for each in of_kind("call")] == wanted
    assert len(wanted) > 300


def test_every_api_method_of_the_metadata_stands_there_once(chain: Chain) -> None:
    assert sorted(f"{each.group}_{each.name}" for each in of_kind("api")) == sorted(chain.world.codec.apis)


def zero_call(chain: Chain, entry: Entry) -> dict[str, object]:
    registry = chain.world.codec.registry
    variants = registry.variants(registry.pallet(entry.group).calls or 0).variants
    fields = next(each for each in variants if each.name == entry.name).fields
    args = [{"name": field.name, "value": registry.zero(field.type)} for field in fields]
    return {"call_module": entry.group, "call_function": entry.name, "call_args": args}


def test_exactly_the_calls_that_stand_there_as_refused_are_refused(chain: Chain) -> None:
    """Each asked by nobody and with zeros, of which a modelled one makes what it will."""
    for each in of_kind("call"):
        with suppress(Exception):
            BlockFrame(chain.world, chain.head.number + 1).dispatch(zero_call(chain, each), NOBODY)
    told = {f"call {each.group}.{each.name}" for each in of_kind("call") if each.standing == "refused"}
    assert set(chain.status()["unsupported"]) == told


def test_exactly_the_reads_that_stand_there_as_zero_are_counted(chain: Chain) -> None:
    codec = chain.world.codec
    for name, method in codec.apis.items():
        zeros = [codec.encode(each, codec.zero(each)) for _, each in method.inputs]
        with suppress(BadQuery):
            chain.queries.call(name, b"".join(zeros), chain.head.number)
    told = {f"api {each.group}_{each.name}" for each in of_kind("api") if each.standing == "zero"}
    assert set(chain.status()["unsupported"]) == told


def test_a_call_without_a_note_of_its_own_has_its_class_s() -> None:
    @approximates("all of them")
    class Trade:
        @call()
        def plain(self) -> None: ...

        @call()
        @approximates("this one")
        def noted(self) -> None: ...

    class Whole(Trade, Pallet):
        @call()
        def exact(self) -> None: ...

    notes = {name: approximation(Whole, name) for name in ("plain", "noted", "exact")}
    assert notes == {"plain": "all of them", "noted": "this one", "exact": None}


def test_every_note_says_something_and_every_setter_that_nothing_goes_by_says_so() -> None:
    noted = [each for each in all_entries() if each.how is not None]
    assert {each.standing for each in noted} == {"approximated", "missing"}
    assert {each.kind for each in noted if each.standing == "missing"} == {"rule"}
    assert all(each.how is not None for each in all_entries() if each.standing in ("approximated", "missing"))
    unread = {each.name for each in noted if each.how == UNREAD}
    assert unread.isdisjoint({"sudo_set_tempo", "sudo_set_immunity_period", "sudo_set_min_difficulty"})
    assert unread.isdisjoint({"sudo_set_ema_price_halving_period", "sudo_set_subnet_owner_cut"}), "cells are read too"
    assert {"sudo_set_rho", "sudo_set_tx_rate_limit"} <= unread


def test_the_program_tells_it_to_programs_too() -> None:
    command = [sys.executable, "-m", "netctl.devchain.modelled", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert {"kind": "rpc", "group": "dev", "name": "dev_mine", "standing": "modelled", "how": None} in told
    assert len(told) == len(all_entries())


def test_a_chain_in_memory_is_all_that_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_chain().close()
    entries()
    assert list(tmp_path.iterdir()) == []
