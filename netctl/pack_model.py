"""What a pack's pack.yaml may say: the programs of one subnet as data. docs/packs.md explains each key."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from netctl.behaviour.spec import Activity
from netctl.budget.spec import ApiUse
from netctl.cause import Cause
from netctl.fleet import Role
from netctl.profile.probes import ProbeEntry
from netctl.profile.types import Duration
from netctl.signals.spec import Signal

Root = Literal["code", "pack", "netctl"]
"""Where a path starts: the neurons' checkout, the pack's own directory, or the netctl package."""


def _inside(path: str) -> str:
    if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise ValueError("expected a path below its root, without ..")
    return path


Template = str
"""Text with Jinja expressions; what an undefined name stands in is refused."""

RelativePath = Annotated[str, AfterValidator(_inside)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
OptionName = Annotated[str, StringConstraints(pattern=r"^--[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class PlacedFile(_Part):
    """A file of the checkout, the pack or netctl, or with `above` of any directory above too. `why` is for people."""

    root: Root = "code"
    path: RelativePath
    above: bool = False
    why: str = ""


class Needs(_Part):
    """What must be, and must not be, before a neuron may start.

    `variables` are names that its environment must hold, `same` those whose value must be one in the whole fleet.
    """

    code: bool = False
    present: tuple[PlacedFile, ...] = ()
    absent: tuple[PlacedFile, ...] = ()
    variables: tuple[VariableName, ...] = ()
    same: tuple[VariableName, ...] = ()


class Tier(_Part):
    """A class of zipcodes: those whose `rank` column lies between these two, and that no earlier tier has taken."""

    name: str = Field(min_length=1)
    first_rank: int | None = None
    last_rank: int | None = None


class Premium(_Part):
    """Zipcodes that the subnet pays more for: `weight` is what it multiplies their worth by, `others` that of the rest.

    Reports explain by both who is ahead, where worth is weight x own bytes squared over everybody's.
    """

    zipcodes: tuple[str, ...] = Field(min_length=1)
    weight: float | None = None
    others: float | None = None


class ZipcodeList(_Part):
    """The zipcodes that there are: a CSV file with a header; `rank` names a column of whole numbers to cut by.

    `city` and `state` name columns too. With `largest_first` the greatest rank is the first place, as of a population.
    """

    root: Root = "code"
    path: RelativePath
    zipcode: str
    rank: str | None = None
    largest_first: bool = False
    city: str | None = None
    state: str | None = None
    tiers: tuple[Tier, ...] = ()
    premium: Premium | None = None

    @model_validator(mode="after")
    def _tiers_can_be_told(self) -> ZipcodeList:
        if self.tiers and self.rank is None:
            raise ValueError("tiers are cut by rank: name its column")
        names = [tier.name for tier in self.tiers]
        if len(set(names)) < len(names):
            raise ValueError("tiers: each needs a name of its own")
        return self


class TimeColumn(_Part):
    """A column that counts time since the epoch, in units of `seconds`.

    `scaled`: by the program's own clock, which in a rehearsal runs `time_scale` times as fast.
    """

    column: ColumnName
    seconds: int = Field(3600, ge=1)
    scaled: bool = False


class Validation(_Part):
    """Which signals of a validator, each with a field of kind zipcode, say that a zipcode of a miner was `asked` for,
    and that what came was good (`passed`) or was not (`refused`).
    """

    asked: tuple[str, ...] = Field(min_length=1)
    passed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Holdings(_Part):
    """What a miner has stored, by zipcode: an SQLite database, one row for each entity.

    `owned` is the database's name in the role's `owns:`. `label` is the column that names the zipcode, behind `prefix`;
    every other label is of no zipcode. `bytes` and `time` are left out where the table has no such column.
    Without `validation` every signal of a validator that has a zipcode says that it was asked for.
    """

    owned: str
    table: ColumnName
    label: ColumnName
    prefix: str = ""
    bytes: ColumnName | None = None
    time: TimeColumn | None = None
    validation: Validation | None = None


class EvaluationPeriod(_Part):
    """The environment variable that holds a neuron's evaluation period, a number in units of so many `seconds`.

    `default` is what the program takes without it.
    """

    variable: VariableName
    seconds: int = Field(60, ge=1)
    default: float | None = Field(None, gt=0)


class NamedStrategy(_Part):
    """A strategy that a profile can name: zipcodes, or rows of the list. Neither means every zipcode."""

    target_zipcodes: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    first_rank: int | None = None
    last_rank: int | None = None
    scrape_frequency: int | None = None


class RenderedFile(_Part):
    """A file made from a template of the pack, or copied from it as it is. Left out where `when` renders empty."""

    path: RelativePath
    template: RelativePath | None = None
    copy_of: RelativePath | None = None
    when: Template = "yes"


class Seed(_Part):
    """A file that a neuron's working directory starts with: copied where it is missing, then the neuron's own."""

    path: RelativePath
    root: Root = "code"
    source: RelativePath


class Ready(_Part):
    """When a neuron counts as ready: its port is its own, a line was logged in this run, its axon is on the chain.

    Short for probes named port, log and axon_served; what it cannot say, `probes` can.
    """

    port: bool = False
    log: str | None = None
    axon_served: bool = False


class Stop(_Part):
    """How a neuron is asked to end, and how many seconds it gets before SIGKILL."""

    signal: Literal["TERM", "INT", "QUIT", "HUP"] = "TERM"
    grace: int = Field(10, ge=0, le=600)


class VpermitLimit(_Part):
    """The stake S[uid] that a miner asks of a validator: what `option` says, else what the code takes by itself."""

    option: OptionName | None = None
    default: Template


class Ignored(_Part):
    """An option, or an environment variable, that the programs take and make nothing of. `why` is for people."""

    option: OptionName | None = None
    variable: VariableName | None = None
    why: str

    @model_validator(mode="after")
    def _names_one(self) -> Ignored:
        if (self.option is None) == (self.variable is None):
            raise ValueError("expected either option or variable")
        return self


class Owned(_Part):
    """A file or port that each neuron of a role must have to itself, and the option that says which one.

    The file is the option's value, cut where `until` first comes, with `add` behind it. Without the option the code
    takes `default`: below its working directory, or with `root: code` below its checkout.
    """

    what: str = Field(min_length=1)
    kind: Literal["file", "port"] = "file"
    option: OptionName
    default: str | None = None
    root: Literal["cwd", "code"] = "cwd"
    until: str = ""
    add: str = ""


class RoleSpec(_Part):
    """How the neurons of one role are run."""

    program: tuple[Template, ...] = Field(min_length=1)
    options: dict[OptionName, Template | None] = Field(default_factory=dict)
    env: dict[VariableName, Template] = Field(default_factory=dict)
    files: tuple[RenderedFile, ...] = ()
    directories: tuple[RelativePath, ...] = ()
    seeds: tuple[Seed, ...] = ()
    ready: Ready = Ready()
    ready_within_s: Duration | None = Field(None, alias="ready_within")
    probes: tuple[ProbeEntry, ...] = ()
    stop: Stop = Stop()
    after_permits: bool = False
    vpermit_tao_limit: VpermitLimit | None = None
    owns: tuple[Owned, ...] = ()
    needs: Needs = Needs()
    causes: tuple[Cause, ...] = ()
    signals: tuple[Signal, ...] = ()


class Launch(_Part):
    """In which order roles start, and how many seconds lie between two launches of one role."""

    order: tuple[Role, ...] = ("miner", "validator")
    stagger: float = Field(0.0, ge=0, le=3600)


class Install(_Part):
    """How the neurons' interpreter is made: commands, each a list of words; `python` and `note` are told to people."""

    python: str
    note: str = ""
    commands: tuple[tuple[Template, ...], ...] = Field(min_length=1)


class PackFile(_Part):
    """A whole pack.yaml. `rewrites` are files of the checkout that the programs write: no change of their code."""

    pack: str
    title: str
    revision: str | None = None
    needs: Needs = Needs()
    rewrites: tuple[RelativePath, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    zipcodes: ZipcodeList | None = None
    holdings: Holdings | None = None
    api: ApiUse | None = None
    activity: Activity | None = None
    evaluation_period: EvaluationPeriod | None = None
    strategies: dict[str, NamedStrategy] = Field(default_factory=dict)
    launch: Launch = Launch()
    install: Install | None = None
    causes: tuple[Cause, ...] = ()
    signals: tuple[Signal, ...] = ()
    roles: dict[Role, RoleSpec] = Field(min_length=1)

    def causes_of(self, role: Role) -> tuple[Cause, ...]:
        """What the pack knows of the ends of that role's neurons: the role's own first, then those of every role."""
        return (*(self.roles[role].causes if role in self.roles else ()), *self.causes)

    def signals_of(self, role: Role) -> tuple[Signal, ...]:
        """What that role's log lines tell: the role's own signals first, then those of every role."""
        return (*(self.roles[role].signals if role in self.roles else ()), *self.signals)
