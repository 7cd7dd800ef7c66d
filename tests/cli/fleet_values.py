"""A fleet of one miner as a value, for tests of what is said about fleets."""

from __future__ import annotations

from pathlib import Path

from netctl.fleet import Fleet, FundingSpec, Network, NeuronsCode, NeuronSpec, RegistrationSpec

MINER = NeuronSpec(
    name="miner_3",
    role="miner",
    index=3,
    wallet="testnet_miner_3",
    hotkey="hotkey_3",
    existing=False,
    expected_uid=None,
    axon_port=8093,
    axon_ip="127.0.0.1",
    args=(),
    env=(),
    env_files=(),
    files=(),
    strategy=None,
    stake_rao=0,
)
FLEET = Fleet(
    name="day2-rehearsal",
    title="",
    profile_path=Path("/p/day2.yaml"),
    network=Network("rehearsal", "ws://127.0.0.1:9944"),
    netuid=428,
    state=Path("/here/.netctl/day2-rehearsal"),
    wallet_path=Path("/here/.netctl/day2-rehearsal/wallets"),
    encrypt=False,
    code=NeuronsCode(path=None, python=Path("python"), pack="rehearsal"),
    neurons=(MINER,),
    registration=RegistrationSpec(None, None, None, "auto", 5, 60.0),
    funding=FundingSpec(None, 0),
    subnet={},
    block_time_s=None,
    time_scale=1.0,
)
