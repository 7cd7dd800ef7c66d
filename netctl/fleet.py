"""The resolved fleet: what the profile wants, with nothing left to guess.

`Profile` is what the user wrote, `resolve` turns it into a `Fleet`, and everything that acts reads only this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from netctl.judge.criterion import Criterion
from netctl.money import Rao
from netctl.placement import Placing, Swarm
from netctl.planted import NOTHING_PLANTED, Planted
from netctl.probes.model import WrittenProbe

Role = Literal["miner", "validator"]
NetworkKind = Literal["finney", "test", "local", "rehearsal", "custom"]
Stagger = Literal["auto", "all"] | float | tuple[Literal["blocks"], int]
HyperparameterValue = bool | int | float | str

RESERVED_SESSIONS = ("chain", "supervisor", "keeper", "proxy")


@dataclass(frozen=True, slots=True)
class Network:
    """A chain to talk to. `endpoint` is a ws(s):// address; `genesis` the hash it must have, where one is known.

    `kind` "custom" is a ws:// address off loopback: treated as public, nothing on it is ours.
    """

    kind: NetworkKind
    endpoint: str
    genesis: str | None = None

    @property
    def has_dev_accounts(self) -> bool:
        """Whether the well-known dev account pays, and subnets may be made."""
        return self.kind in ("local", "rehearsal")


@dataclass(frozen=True, slots=True)
class NeuronsCode:
    """The subnet's own programs: their checkout, their interpreter, and the pack that knows how to run them."""

    path: Path | None
    python: Path
    pack: str


@dataclass(frozen=True, slots=True)
class Strategy:
    """A miner's starting strategy, in the plan's three fields."""

    name: str
    target_zipcodes: tuple[str, ...] = ()
    scrape_frequency_s: int | None = None


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """What the supervisor does with a neuron that has died; `netctl.supervisor.restarts` decides by it.

    The pause before a start doubles from `backoff_s` to `most_s` with each death within `window_s`; after `tries`
    deaths within that it is given up.
    """

    when: Literal["never", "on-failure", "always"] = "on-failure"
    backoff_s: float = 2.0
    most_s: float = 300.0
    tries: int = 10
    window_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Supervision:
    """Whether the fleet has a supervisor, and how many starts it makes for all neurons together in how many seconds."""

    enabled: bool = True
    starts: int = 30
    per_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ProxyPorts:
    """Where a neuron meets the fleet's proxy: it reaches the chain at `rpc`, and its axon listens on `bind`."""

    rpc: int
    bind: int


@dataclass(frozen=True, slots=True)
class NeuronSpec:
    """One fleet member, and everything that sets it apart from the others.

    `stake_rao` is the stake S[uid] that a validator shall have.
    `env` values may name variables of the operator's environment (``$RAPIDAPI_KEY``); they are resolved when the
    file is rendered. `existing` keys are never created on a public network. `index` is the ``{i}`` it was made with.
    `port_fixed` says that the profile names the port: nothing moves it. `probes` come over the pack's, later ones over
    earlier ones; `ready_within_s` is None where the pack decides.
    `axon_port` is what the chain is told; with `proxied` the proxy listens there, and the program at `bind_port`.
    `placing` is where it runs in a fleet of many machines, None for this one.
    """

    name: str
    role: Role
    index: int
    wallet: str
    hotkey: str
    existing: bool
    expected_uid: int | None
    axon_port: int
    axon_ip: str
    args: tuple[tuple[str, str | None], ...]
    env: tuple[tuple[str, str], ...]
    env_files: tuple[Path, ...]
    files: tuple[tuple[str, Path], ...]
    strategy: Strategy | None
    stake_rao: Rao
    port_fixed: bool = False
    restart: RestartPolicy = RestartPolicy()
    probes: tuple[WrittenProbe, ...] = ()
    ready_within_s: float | None = None
    proxied: ProxyPorts | None = None
    placing: Placing | None = None

    @property
    def bind_port(self) -> int:
        """Where the program itself listens."""
        return self.axon_port if self.proxied is None else self.proxied.bind

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that others may reach it by: the announced one, and where it listens if that is another."""
        return tuple(dict.fromkeys((self.axon_port, self.bind_port)))


@dataclass(frozen=True, slots=True)
class RegistrationSpec:
    """How to register and what it may cost: `max_burn_rao` a neuron, `budget_rao` a command, the total all runs.

    `within_s` is when the last one shall be in, counted from the start; None where the price decides.
    `given_budget_rao` is what the command line allows this command, beside `budget_rao` and never instead of it: it
    refuses payments, and changes neither pace nor what is due.
    """

    max_burn_rao: Rao | None
    budget_rao: Rao | None
    budget_total_rao: Rao | None
    stagger: Stagger
    attempts: int
    deadline_s: float
    within_s: float | None = None
    given_budget_rao: Rao | None = None


@dataclass(frozen=True, slots=True)
class FundingSpec:
    """Where TAO comes from (`from_wallet`, or the dev account) and what each coldkey keeps for fees."""

    from_wallet: str | None
    reserve_rao: Rao


@dataclass(frozen=True, slots=True)
class Rolling:
    """How neurons that run are restarted: `parallel` at once, each ready before the next, none after one that is not.

    With `keep_going` on with the next all the same. `code`: also those whose checkout has changed since they started;
    `anew`: also these, though nothing differs. `left_out`: these do not go on in this run; what runs of them stays.
    `by` is the command, for the sessions that it ends.
    """

    parallel: int = 1
    keep_going: bool = False
    code: bool = False
    anew: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    by: str = "netctl fleet up"


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """When a log is rotated, by the bytes in its live file, and how many archives of it are kept."""

    rotate_bytes: int = 50_000_000
    keep: int = 5


@dataclass(frozen=True, slots=True)
class DealtKeys:
    """Keys of an API that the neurons get in turn, in `variable`; `references` are the operator's variables.

    At most `limit` calls with each key, `total_limit` with all of them, within `per_s`: since the last of the moments
    that lie so far apart from `since_s`, or always the last of it where that is None. `warn` is a share of a limit.
    """

    variable: str
    references: tuple[str, ...]
    limit: int | None = None
    total_limit: int | None = None
    per_s: float | None = None
    since_s: float | None = None
    warn: float = 0.8


@dataclass(frozen=True, slots=True)
class Fleet:
    """A whole experiment, resolved for one network.

    `name` is the state directory's and the tmux server's name; `state` that directory, absolute.
    `subnet` holds the wanted hyperparameters by the chain's names. `encrypt` says whether new coldkeys get a password.
    `tops_up_stake`: the operator asked for stake by name, so that what is missing of it is added. `stake_slippage` is
    how far buying it may move the price of alpha, as a share. `reregister`: neurons that lost their uid get a new one.
    The fleet's own embedded chain is started with `chain_registration`, its rule of registration, `chain_compat`,
    whether its metadata suits SDKs before 11, and `chain_miner_stake`: with whom miners' earnings are staked.
    `seed` is what a rehearsal's stand-ins draw from, and `planted` the trouble that they make.
    `no_coldkey`: this machine holds hotkeys and public coldkeys; nothing is paid here, and no coldkey opened or made.
    `run` is the run that sessions started by this command belong to, "" for none.
    `swarm` are the machines that its neurons run on, None where that is this one, in tmux.
    """

    name: str
    title: str
    profile_path: Path
    network: Network
    netuid: int
    state: Path
    wallet_path: Path
    encrypt: bool
    code: NeuronsCode
    neurons: tuple[NeuronSpec, ...]
    registration: RegistrationSpec
    funding: FundingSpec
    subnet: Mapping[str, HyperparameterValue]
    block_time_s: float | None
    time_scale: float
    tops_up_stake: bool = False
    stake_slippage: float = 0.05
    reregister: bool = False
    chain_registration: Literal["price", "windows"] = "price"
    chain_compat: bool = True
    chain_miner_stake: Literal["own", "owner"] = "own"
    no_coldkey: bool = False
    seed: int = 428
    planted: Planted = NOTHING_PLANTED
    supervision: Supervision = Supervision()
    rolling: Rolling = Rolling()
    logs: LogPolicy = LogPolicy()
    run: str = ""
    dealt_keys: tuple[DealtKeys, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    swarm: Swarm | None = None

    @property
    def rehearsal(self) -> bool:
        return self.network.kind == "rehearsal"

    @property
    def has_proxy(self) -> bool:
        """Whether its neurons reach the chain, and are reached, through a proxy of the fleet's own."""
        return any(neuron.proxied is not None for neuron in self.neurons)

    @property
    def miners(self) -> tuple[NeuronSpec, ...]:
        return tuple(n for n in self.neurons if n.role == "miner")

    @property
    def validators(self) -> tuple[NeuronSpec, ...]:
        return tuple(n for n in self.neurons if n.role == "validator")

    def neuron(self, name: str) -> NeuronSpec | None:
        """The neuron of that name, or None."""
        return next((n for n in self.neurons if n.name == name), None)
