"""A bare ``--stagger`` gets its value before typer reads the line."""

from __future__ import annotations

import pytest

from netctl.cli.stagger import spell_out_stagger

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("register --stagger", "register --stagger=auto"),
        ("register --stagger miner_3", "register --stagger=auto miner_3"),
        ("register miner_3 --stagger", "register miner_3 --stagger=auto"),
        ("register --stagger 30s miner_3", "register --stagger=30s miner_3"),
        ("register --stagger=30s miner_3", "register --stagger=30s miner_3"),
        ("register --stagger=miner_3", "register --stagger=miner_3"),
        ("register --stagger all", "register --stagger=all"),
        ("register --stagger auto miner_3", "register --stagger=auto miner_3"),
        ("register --stagger 1block miner_3", "register --stagger=1block miner_3"),
        ("register --stagger 12blocks", "register --stagger=12blocks"),
        ("register --stagger 250ms", "register --stagger=250ms"),
        ("register --stagger 1h30m", "register --stagger=1h30m"),
        ("register --stagger 30 miner_3", "register --stagger=auto 30 miner_3"),
        ("register --stagger allegro", "register --stagger=auto allegro"),
        ("register --stagger -p day2.yaml", "register --stagger=auto -p day2.yaml"),
        ("register --stagger --stagger 5s", "register --stagger=auto --stagger=5s"),
        ("register --stagger -- all", "register --stagger=auto -- all"),
        ("register -- --stagger 30s", "register -- --stagger 30s"),
        ("status", "status"),
        ("", ""),
    ],
)
def test_stagger_takes_the_next_word_when_it_is_a_pace_and_nothing_else(typed: str, spelled: str) -> None:
    assert spell_out_stagger(typed.split()) == spelled.split()
