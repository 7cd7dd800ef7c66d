"""Fleets, packs and sources for rendering, made in memory or in the test's directory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netctl.fleet import (
    Fleet,
    FundingSpec,
    Network,
    NeuronsCode,
    NeuronSpec,
    RegistrationSpec,
    Strategy,
)

OPERATOR = {"RAPIDAPI_KEY": "k3y-from-the-operator", "PATH": "/operator/bin", "HOME": "/operator"}
ZIPCODES = "RegionName,SizeRank,State\n77494,1,TX\n08701,2,NJ\n10001,4444,NY\n99950,30000,AK\n"
ENDPOINT = "ws://127.0.0.1:9944"


def a_neuron(name: str = "miner_2", **changes: object) -> NeuronSpec:
    neuron = NeuronSpec(
        name=name,
        role="validator" if name.startswith("validator") else "miner",
        index=2,
        wallet="testnet_miner_2",
        hotkey="hotkey_2",
        existing=False,
        expected_uid=None,
        axon_port=8092,
        axon_ip="127.0.0.1",
        args=(),
        env=(("MINER_EVAL_PERIOD_MINUTES", "5"), ("RAPIDAPI_KEY", "$RAPIDAPI_KEY")),
        env_files=(),
        files=(),
        strategy=Strategy("organic") if name.startswith("miner") else None,
        stake_rao=0,
    )
    return replace(neuron, **changes)  # type: ignore[arg-type]


def a_fleet(state: Path, *neurons: NeuronSpec, **changes: object) -> Fleet:
    fleet = Fleet(
        name="trial-rehearsal",
        title="Trial",
        profile_path=Path("/profiles/trial.yaml"),
        network=Network("rehearsal", ENDPOINT),
        netuid=428,
        state=state,
        wallet_path=state / "wallets",
        encrypt=False,
        code=NeuronsCode(None, Path("/bin/sh"), "rehearsal"),
        neurons=neurons or (a_neuron(),),
        registration=RegistrationSpec(None, None, None, "auto", 8, 60.0),
        funding=FundingSpec(None, 0),
        subnet={},
        block_time_s=0.25,
        time_scale=60.0,
    )
    return replace(fleet, **changes)  # type: ignore[arg-type]


@pytest.fixture
def resi_checkout(tmp_path: Path) -> Path:
    """What netctl looks for in a checkout of the subnet, and no more."""
    root = tmp_path / "resi"
    for name, text in {
        "neurons/miner.py": "",
        "neurons/validator.py": "",
        "venv/bin/python": "",
        "scraping/zillow/zipcodes.csv": ZIPCODES,
        "dynamic_desirability/total.json": '{"jobs": 7572}',
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def a_resi_fleet(state: Path, checkout: Path, *neurons: NeuronSpec, kind: str = "test") -> Fleet:
    network = Network(kind, "wss://test.example:443" if kind == "test" else ENDPOINT)  # type: ignore[arg-type]
    code = NeuronsCode(checkout, checkout / "venv" / "bin" / "python", "resi")
    return a_fleet(state, *neurons, name="trial", network=network, code=code, block_time_s=None, time_scale=1.0)
