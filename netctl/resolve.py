"""Profile to Fleet: pure functions that decide everything which the profile left open.

No file is read and nothing is asked: relative paths start at the profile's directory, state at `state_home`.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from netctl.errors import UsageError
from netctl.fleet import (
    DealtKeys,
    Fleet,
    FundingSpec,
    HyperparameterValue,
    LogPolicy,
    Network,
    NeuronsCode,
    NeuronSpec,
    RegistrationSpec,
    RestartPolicy,
    Strategy,
    Supervision,
)
from netctl.machines import placed_in, swarm_of
from netctl.members import Draft, assign_ports, expand, proxy_ports
from netctl.networks import REHEARSAL, network_of
from netctl.placement import Swarm
from netctl.planted import Planted
from netctl.profile import Profile
from netctl.profile.api_keys import ApiKeys
from netctl.profile.hyperparameters import chain_units
from netctl.profile.mappings import OFF, Args
from netctl.profile.model import NeuronsSection, RehearsalSection, StrategyFields, Validator
from netctl.profile.upkeep import RestartFields

REHEARSAL_PACK = "rehearsal"
REHEARSAL_BLOCK_TIME_S, LEAST_BLOCK_TIME_S = 0.25, 0.05
USUAL_WALLETS = Path("~/.bittensor/wallets")
ANY_IP = "0.0.0.0"  # noqa: S104  nothing is bound to it: it says that the neuron finds its own address
LOOPBACK = "127.0.0.1"

REHEARSAL_SUBNET: Mapping[str, HyperparameterValue] = MappingProxyType(
    {
        "tempo": 20,
        "commit_reveal_weights_enabled": False,
        "weights_rate_limit": 0,
        "serving_rate_limit": 0,
        "min_allowed_weights": 1,
        "immunity_period": 4096,
        "registration_allowed": True,
    }
)
"""What makes a rehearsal quick: epochs of seconds, weights that count at once."""


def resolve(
    profile: Profile,
    *,
    profile_path: Path,
    state_home: Path,
    python: Path,
    network: str | None = None,
    rehearse: bool = False,
    wallet_path: Path | None = None,
    look: Callable[[Path, Swarm], Swarm] | None = None,
) -> Fleet:
    """The fleet that the profile means on one network.

    `state_home` holds one directory per fleet (`.netctl` of the working directory, or $NETCTL_HOME), `python` is
    netctl's own interpreter, `network` and `wallet_path` are the command line's and win. On embedded and local chains
    wallets live in the state directory. `look` adds the nodes that are told by their labels to a swarm, from what runs
    by a state directory; without it neurons on these are allotted to none.
    UsageError for a `network` that is none, or beside `rehearse`.
    """
    base = profile_path.absolute().parent
    chain = choose_network(profile, network, rehearse=rehearse)
    name = fleet_name(profile.name, chain)
    state = state_home.absolute() / name
    neurons = neurons_of(profile, chain, base)
    swarm = swarm_of(profile)
    if swarm is not None and look is not None and not swarm.knows_its_nodes:
        swarm = look(state, swarm)
    neurons = neurons if swarm is None else tuple(placed_in(swarm, profile, neurons))
    return Fleet(
        name=name,
        title=profile.title or profile.name,
        profile_path=profile_path.absolute(),
        network=chain,
        netuid=profile.netuid,
        state=state,
        wallet_path=choose_wallet_path(profile, chain, base, state, wallet_path),
        encrypt=profile.encrypt and not chain.has_dev_accounts,
        code=choose_code(profile, chain, base, python),
        neurons=neurons,
        registration=registration_of(profile, chain),
        funding=FundingSpec(profile.funding.from_wallet, profile.funding.reserve_rao),
        subnet=subnet_of(profile, chain),
        block_time_s=_block_time_s(profile.rehearsal) if chain.kind == "rehearsal" else None,
        time_scale=profile.rehearsal.time_scale if chain.kind == "rehearsal" else 1.0,
        chain_registration=profile.rehearsal.registration,
        stake_slippage=profile.staking.slippage,
        logs=LogPolicy(profile.logs.rotate_bytes, profile.logs.keep),
        dealt_keys=tuple(
            DealtKeys(k.variable, k.keys, k.limit, k.total_limit, k.per_s, k.since, k.warn) for k in profile.api_keys
        ),
        criteria=profile.criteria,
        chain_compat=profile.rehearsal.compat,
        chain_miner_stake=profile.rehearsal.miner_stake,
        seed=profile.rehearsal.seed,
        planted=_planted(profile, chain, neurons),
        supervision=Supervision(profile.supervisor.enabled, profile.supervisor.starts, profile.supervisor.per_s),
        swarm=swarm,
    )


def _block_time_s(section: RehearsalSection) -> float:
    if section.block_time_s is not None:
        return section.block_time_s
    # Faster neurons need a faster chain: a block takes fifteen of the subnet's seconds, while the machine can.
    return max(LEAST_BLOCK_TIME_S, min(REHEARSAL_BLOCK_TIME_S, REHEARSAL_BLOCK_TIME_S * 60 / section.time_scale))


def _planted(profile: Profile, network: Network, neurons: Sequence[NeuronSpec]) -> Planted:
    """A rehearsal's trouble; refused anywhere else, so that nobody takes an experiment for one without it."""
    planted = profile.rehearsal.trouble
    if planted and network.kind != "rehearsal":
        raise UsageError(
            f"{profile.name} plants trouble (rehearsal.trouble), which is for rehearsals alone",
            hint="add --rehearse, or take rehearsal.trouble out of the profile",
        )
    return planted.named([(neuron.name, neuron.role) for neuron in neurons])


def choose_network(profile: Profile, override: str | None, *, rehearse: bool) -> Network:
    """The embedded chain, or the command line's network, or the profile's."""
    if rehearse and override is not None:
        raise UsageError(
            "--rehearse and --network were both given", hint="a rehearsal has a chain of its own; drop one"
        )
    if rehearse:
        return REHEARSAL
    try:
        return network_of(override if override is not None else profile.network)
    except ValueError as exc:
        raise UsageError(str(exc), hint="write finney, test, local or a ws:// address") from exc


def fleet_name(name: str, network: Network) -> str:
    """The profile's name, with what keeps a trial's state apart from the real one's."""
    return f"{name}-{network.kind}" if network.has_dev_accounts else name


def choose_wallet_path(profile: Profile, network: Network, base: Path, state: Path, override: Path | None) -> Path:
    """Trial wallets in the state directory; else the command line's, the profile's, or the usual place."""
    if network.has_dev_accounts:
        return state / "wallets"
    if override is not None:
        return override.expanduser().absolute()
    return placed(profile.wallet_path, base) if profile.wallet_path is not None else USUAL_WALLETS.expanduser()


def choose_code(profile: Profile, network: Network, base: Path, python: Path) -> NeuronsCode:
    """The subnet's programs; under --rehearse the stand-ins, unless the profile names others for it."""
    if network.kind == "rehearsal":
        own = profile.rehearsal.neurons
        return _code(own, base, python) if own is not None else NeuronsCode(None, python, REHEARSAL_PACK)
    return _code(profile.neurons, base, python)


def _code(section: NeuronsSection, base: Path, python: Path) -> NeuronsCode:
    path = placed(section.path, base) if section.path is not None else None
    if section.python is not None:
        return NeuronsCode(path, placed(section.python, base), section.pack)
    return NeuronsCode(path, path / "venv" / "bin" / "python" if path is not None else python, section.pack)


def placed(text: str, base: Path) -> Path:
    """An absolute path: `~` is the operator's home, anything relative starts at the profile."""
    path = Path(text).expanduser()
    return Path(os.path.normpath(base / path))


def subnet_of(profile: Profile, network: Network) -> Mapping[str, HyperparameterValue]:
    """The wanted hyperparameters; a rehearsal's own come over its quick ones, and those over the profile's."""
    wanted = dict(chain_units(profile.subnet))
    if network.kind == "rehearsal":
        wanted |= REHEARSAL_SUBNET
        wanted |= chain_units(profile.rehearsal.subnet)
    return wanted


def registration_of(profile: Profile, network: Network) -> RegistrationSpec:
    """The registration section; where the dev account pays, its budgets do not bind (the price cap does)."""
    section = profile.registration
    is_public = not network.has_dev_accounts
    return RegistrationSpec(
        max_burn_rao=section.max_burn_rao,
        budget_rao=section.budget_rao if is_public else None,
        budget_total_rao=section.budget_total_rao if is_public else None,
        stagger=section.stagger,
        attempts=section.attempts,
        deadline_s=section.deadline_s,
        within_s=section.within_s,
    )


def neurons_of(profile: Profile, network: Network, base: Path) -> tuple[NeuronSpec, ...]:
    """Every neuron, miners first, in the order of the file."""
    drafts = [*expand(profile.miners, "miner"), *expand(profile.validators, "validator")]
    ports = _ports(profile, [draft.port for draft in drafts])
    is_public = not network.has_dev_accounts
    neurons = [_neuron(profile, draft, port, base, is_public) for draft, port in zip(drafts, ports, strict=True)]
    neurons = with_keys_dealt(neurons, profile.api_keys)
    if profile.chaos is None or not profile.chaos.proxy:
        return tuple(neurons)
    proxied = proxy_ports(len(neurons), first=profile.chaos.first_port)
    return tuple(dataclasses.replace(neuron, proxied=own) for neuron, own in zip(neurons, proxied, strict=True))


def _ports(profile: Profile, asked: Sequence[int | None]) -> list[int]:
    """On a swarm those that none asked for are allotted later, on each node for itself."""
    first = profile.defaults.first_port
    if profile.host == "swarm":
        return [first if port is None else port for port in asked]
    return assign_ports(asked, first=first)


def with_keys_dealt(neurons: Sequence[NeuronSpec], dealt: Sequence[ApiKeys]) -> list[NeuronSpec]:
    """Each neuron with the next key of each list in its environment, but for one that sets the variable itself."""
    given = list(neurons)
    for keys in dealt:
        turn = 0
        for number, neuron in enumerate(given):
            if any(name == keys.variable for name, _ in neuron.env):
                continue
            own = (keys.variable, f"${keys.keys[turn % len(keys.keys)]}")
            given[number] = dataclasses.replace(neuron, env=tuple(sorted((*neuron.env, own))))
            turn += 1
    return given


def _neuron(profile: Profile, draft: Draft, port: int, base: Path, is_public: bool) -> NeuronSpec:
    shared, member = profile.defaults, draft.member
    fill = draft.fill
    ip = member.ip or shared.ip or ANY_IP
    return NeuronSpec(
        name=draft.name,
        role=draft.role,
        index=draft.index,
        wallet=draft.wallet,
        hotkey=draft.hotkey,
        existing=member.existing,
        expected_uid=draft.expected_uid if is_public else None,
        axon_port=port,
        axon_ip=ip if is_public else LOOPBACK,
        args=merge_args(shared.args, member.args, draft),
        env=tuple(sorted({fill(k): fill(v) for k, v in {**shared.env, **member.env}.items()}.items())),
        env_files=tuple(placed(fill(name), base) for name in (*shared.env_file, *member.env_file)),
        files=tuple((fill(k), placed(fill(v), base)) for k, v in sorted({**shared.files, **member.files}.items())),
        strategy=_strategy(getattr(member, "strategy", None) or shared.strategy) if draft.role == "miner" else None,
        stake_rao=_stake(profile, draft),
        port_fixed=draft.port is not None,
        restart=_restart(member.restart or shared.restart),
        probes=tuple(entry.written().filled(fill) for entry in (*shared.probes, *member.probes)),
        ready_within_s=member.ready_within_s if member.ready_within_s is not None else shared.ready_within_s,
    )


def merge_args(shared: Args, own: Args, draft: Draft) -> tuple[tuple[str, str | None], ...]:
    """Defaults first, without the options that the member gives itself; switched-off ones are gone."""
    given = {option for option, _ in own}
    kept = [pair for pair in shared if pair[0] not in given]
    merged: Sequence[tuple[str, str | None]] = [*kept, *own]
    return tuple((key, draft.fill(value) if value is not None else None) for key, value in merged if value != OFF)


def _strategy(written: StrategyFields | None) -> Strategy | None:
    if written is None:
        return None
    return Strategy(written.strategy, written.target_zipcodes, written.scrape_frequency)


def _restart(written: RestartFields | None) -> RestartPolicy:
    if written is None:
        return RestartPolicy()
    return RestartPolicy(written.when, written.backoff_s, written.most_s, written.tries, written.window_s)


def _stake(profile: Profile, draft: Draft) -> int:
    if not isinstance(draft.member, Validator):
        return 0
    own = draft.member.stake_rao
    return own if own is not None else (profile.defaults.stake_rao or 0)


def on_endpoint(fleet: Fleet, endpoint: str, genesis: str | None = None) -> Fleet:
    """The same fleet, once it is known where its chain answers."""
    return dataclasses.replace(fleet, network=Network(fleet.network.kind, endpoint, genesis))
