"""The profile as its author wrote it: sections, members, and nothing resolved yet.

Strict, frozen, and closed to unknown keys. A key with nothing behind it counts as left out. Rules that need more
than one field are in `validate`; `netctl.resolve` turns a Profile into a Fleet.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from netctl.planted import Planted
from netctl.profile.api_keys import ApiKeys
from netctl.profile.criteria import Criteria
from netctl.profile.hosts import HostsSection, HostWord, Placed
from netctl.profile.hyperparameters import Hyperparameters
from netctl.profile.mappings import Arguments, Env, EnvFiles, Files
from netctl.profile.probes import ProbeEntry
from netctl.profile.section import Port, Section
from netctl.profile.troubles import Troubles
from netctl.profile.types import (
    BlockTime,
    Duration,
    Factor,
    Frequency,
    IpAddress,
    Netuid,
    NetworkWord,
    PathText,
    Pause,
    Share,
    StrategyName,
    Tao,
    Text,
    Uids,
    Zipcodes,
)
from netctl.profile.upkeep import Chaos, Logs, Restart, SupervisorSection
from netctl.profile.words import wrong

FIRST_PORT = 8091
REHEARSAL_TIME_SCALE = 60.0


class NeuronsSection(Section):
    """The subnet's own programs, run as they are."""

    path: PathText | None = Field(
        None, description="The checkout of the subnet's code, relative to this file.", examples=["~/resi-subnet"]
    )
    python: PathText | None = Field(
        None, description="Its interpreter; `venv/bin/python` in the checkout where it is left out."
    )
    pack: Text = Field(description="The pack under templates/ that knows how to run it.", examples=["resi"])


class StrategyFields(Section):
    """A miner's starting strategy; a single word is short for its `strategy` field."""

    strategy: StrategyName = Field(description="Its name.", examples=["organic", "premium_focus"])
    target_zipcodes: Zipcodes = Field(
        (), description="Zipcodes to scrape, in quotes; all where it is left out.", examples=[["77494", "08701"]]
    )
    scrape_frequency: Frequency | None = Field(None, description="Seconds from one scrape to the next.", examples=[300])

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        fields = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "string", "minLength": 1}, fields]}


def _strategy(written: Any) -> Any:
    if isinstance(written, str):
        return {"strategy": written}
    if isinstance(written, dict):
        return written
    raise wrong("expected a strategy", "write a word such as organic, or its three fields")


Strategy = Annotated[StrategyFields, BeforeValidator(_strategy)]


class Shared(Placed):
    """What `defaults:` and a member have in common."""

    env: Env = Field(
        default_factory=dict,
        description="Environment. $NAME is taken from the operator's environment; secrets are never written here.",
        examples=[{"MINER_EVAL_PERIOD_MINUTES": 5, "RAPIDAPI_KEY": "$RAPIDAPI_KEY"}],
    )
    env_file: EnvFiles = Field((), description="Files of NAME=value lines, relative to this file.")
    args: Arguments = Field(
        (), description="Options of the program, without dashes.", examples=[{"max_targets": 10, "logging.debug": True}]
    )
    files: Files = Field(
        default_factory=dict, description="Files to copy: path in the working directory, then where from."
    )
    ip: IpAddress | None = Field(None, description="Address to announce; the neuron finds out where it is left out.")
    restart: Restart | None = Field(None, description="What follows when it dies: never, on-failure or always.")
    probes: tuple[ProbeEntry, ...] = Field((), description="Probes beside the pack's, or changes to them by name.")
    ready_within_s: Duration | None = Field(
        None,
        alias="ready_within",
        description="How long after its start a neuron may take to be ready; the pack says else.",
        examples=["3m"],
    )


class Defaults(Shared):
    """What every member has that does not say otherwise; `{i}` is the member's number."""

    strategy: Strategy | None = Field(None, description="Starting strategy of every miner.")
    stake_rao: Tao | None = Field(None, alias="stake", description="Stake S[uid] of every validator.")
    first_port: Port = Field(FIRST_PORT, description="Axon ports are counted from here.")


class Member(Shared):
    """One neuron, or `count` of them with `{i}` in their names."""

    name: Text = Field(description="Its name, and its tmux session's.", examples=["miner_1", "miner_{i}"])
    count: int = Field(1, ge=1, le=256, description="How many; `{i}` counts them.", examples=[3])
    start: int = Field(1, alias="from", ge=0, le=9999, description="The first `{i}`.", examples=[2])
    wallet: Text | None = Field(None, description="Wallet; named as the neuron where it is left out.")
    hotkey: Text = Field("default", description="Hotkey in that wallet.", examples=["hotkey_{i}"])
    existing: bool = Field(False, description="The keys are there already: never create them on a public network.")
    expect_uid: Uids | None = Field(
        None, description="Uid it should have there; a list with `count`. Compared, never forced.", examples=[5]
    )
    port: Port | None = Field(None, description="Axon port; with `count` the first of them.")


class Miner(Member):
    """A neuron that serves."""

    strategy: Strategy | None = Field(None, description="Starting strategy: a word, or the three fields.")


class Validator(Member):
    """A neuron that evaluates and sets weights."""

    stake_rao: Tao | None = Field(
        None,
        alias="stake",
        description="Stake S[uid] it shall have: what the metagraph shows and miners ask for.",
        examples=[310],
    )


class Registration(Section):
    """How neurons register, and what it may cost."""

    max_burn_rao: Tao | None = Field(None, alias="max_burn", description="Most that one registration may cost, in TAO.")
    budget_rao: Tao | None = Field(None, alias="budget", description="Most that one command may spend, in TAO.")
    budget_total_rao: Tao | None = Field(
        None, alias="budget_total", description="Most that all commands together may spend, in TAO."
    )
    stagger: Pause = Field("auto", description="Pause between them: auto, all, 30s, 1block.", examples=["auto", "30s"])
    within_s: Duration | None = Field(
        None,
        alias="within",
        description="When the last one shall be in, from the start; the cheapest pace that makes it is taken.",
        examples=["4h"],
    )
    attempts: int = Field(8, ge=1, le=1000, description="Attempts per neuron.")
    deadline_s: Duration = Field(
        1800.0,
        alias="deadline",
        description="How long to go on.",
        examples=["30m"],
        json_schema_extra={"default": "30m"},
    )


class Funding(Section):
    """Where TAO comes from."""

    from_wallet: Text | None = Field(None, alias="from", description="Wallet that pays; you are asked where none is.")
    reserve_rao: Tao = Field(
        10_000_000,
        alias="reserve",
        description="What each coldkey keeps for fees, in TAO.",
        json_schema_extra={"default": 0.01},
    )


class Staking(Section):
    """How validators' stake is bought."""

    slippage: Share = Field(
        0.05,
        description="How far buying stake may raise the price of alpha; the chain refuses what is dearer.",
        examples=["5%"],
        json_schema_extra={"default": "5%"},
    )


class RehearsalSection(Section):
    """What differs under --rehearse."""

    block_time_s: BlockTime | None = Field(
        None,
        alias="block_time",
        description="Seconds per block: 0.25, and less where time runs more than sixty times as fast.",
        examples=[0.25],
    )
    time_scale: Factor = Field(
        REHEARSAL_TIME_SCALE, description="How much faster the stand-in neurons' clocks run.", examples=[60]
    )
    registration: Literal["price", "windows"] = Field(
        "price", description="The chain's rule: today's, or the older one with caps per block and interval."
    )
    compat: bool = Field(True, description="Whether the chain's metadata suits bittensor before 11 too.")
    miner_stake: Literal["own", "owner"] = Field(
        "owner",
        description="Where miners' earnings are staked: with the owner, so that none gets a permit, or each its own.",
    )
    subnet: Hyperparameters = Field(default_factory=Hyperparameters, description="Hyperparameters there.")
    seed: int = Field(428, ge=0, le=2**31, description="What is drawn there by chance is drawn from it.")
    trouble: Troubles = Field(
        default_factory=Planted, description="What stand-ins do wrong on purpose, by neuron; `api` is their API."
    )
    neurons: NeuronsSection | None = Field(None, description="Programs of its own; stand-ins where it is left out.")


class Profile(Section):
    """A netctl profile: one experiment on one subnet."""

    name: Text = Field(description="Name of the fleet, and of its state directory.", examples=["day2"])
    title: Text | None = Field(None, description="What the experiment is about, in a line.")
    network: NetworkWord = Field(description="finney, test, local or a ws:// address.", examples=["test"])
    netuid: Netuid = Field(description="The subnet.", examples=[428])
    wallet_path: PathText | None = Field(None, description="Wallet directory; ~/.bittensor/wallets if left out.")
    encrypt: bool = Field(True, description="Whether new coldkeys get a password.")
    host: HostWord = Field(
        "tmux", description="Where neurons run: in tmux on this machine, or on the nodes of a swarm."
    )
    hosts: HostsSection | None = Field(None, description="The machines of the swarm.")
    neurons: NeuronsSection
    defaults: Defaults = Field(default_factory=Defaults)
    miners: tuple[Miner, ...] = Field(description="The neurons that serve.", json_schema_extra={"minItems": 1})
    validators: tuple[Validator, ...] = Field((), description="The neurons that evaluate.")
    registration: Registration = Field(default_factory=Registration)
    funding: Funding = Field(default_factory=Funding)
    staking: Staking = Field(default_factory=Staking)
    logs: Logs = Field(default_factory=Logs)
    subnet: Hyperparameters = Field(default_factory=Hyperparameters)
    supervisor: SupervisorSection = Field(default_factory=SupervisorSection)
    rehearsal: RehearsalSection = Field(default_factory=RehearsalSection)
    api_keys: tuple[ApiKeys, ...] = Field((), description="Keys of an API that are dealt out to the neurons.")
    criteria: Criteria = Field((), description="What the experiment has to come to; `netctl check` judges it.")
    chaos: Chaos | None = Field(None, description="true: neurons are started behind a proxy that can disturb them.")
