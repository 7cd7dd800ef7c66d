"""What is in each column of an exported table: its kind, its unit, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "real", "time", "flag", "bytes"]
"""A time is seconds since the epoch in the store; a flag 0 or 1."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is "" for what has none."""

    name: str
    kind: Kind
    unit: str
    means: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table as it is exported.

    `holds_by` is there where only changes are written: a row holds until the next with the same value in that column.
    `select` is the query's part before any condition, `when` the expression of a row's time; "" where it has none.
    """

    name: str
    columns: tuple[Column, ...]
    select: str
    when: str = ""
    holds_by: str = ""


def _c(name: str, kind: Kind, means: str, unit: str = "") -> Column:
    return Column(name, kind, unit, means)


TIME = _c("time", "time", "When it was sampled.")
BLOCK = _c("block", "integer", "The chain's head then.", "block")
NEURON = _c("name", "text", "The neuron.")
ALPHA = "rao of the subnet's alpha"
TAO = "rao of TAO"
SHARE = "0 to 1"

_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "sources": (
        _c("id", "integer", "Its number, which events name."),
        _c("name", "text", "The neuron, or what a log from elsewhere was called."),
        _c("role", "text", "miner or validator."),
        _c("pack", "text", "Whose signals it was read by."),
        _c("stream", "text", "stdout or stderr."),
        _c("path", "text", "Where the log lies."),
        _c("generation", "integer", "How many other files were read at this path before."),
        _c("foreign_file", "flag", "Whether it is a log from elsewhere."),
        _c("offset", "integer", "How far it was read.", "bytes"),
        _c("lines", "integer", "How many lines were read.", "lines"),
        _c("lost", "integer", "How much of it was gone before it could be read.", "bytes"),
        _c("time", "time", "The time that the last line carries on."),
        _c("level", "text", "The level that the last line carries on."),
        _c("head", "bytes", "Of a log from elsewhere: the digest of how it begins."),
        _c("head_length", "integer", "How much of it that is of.", "bytes"),
        _c("tail", "bytes", "The digest of what lies before the offset."),
        _c("tail_length", "integer", "How much of it that is of.", "bytes"),
        _c("begin", "integer", "Where reading began.", "bytes"),
        _c("continues", "integer", "The source of which this one is a later copy."),
    ),
    "signals": (
        _c("id", "integer", "Its number, which events name."),
        _c("role", "text", "Whose logs have it."),
        _c("name", "text", "Its name in the pack."),
        _c("digest", "text", "Of the pattern by which its events were read."),
    ),
    "events": (
        _c("source", "integer", "The log: a row of sources."),
        _c("offset", "integer", "Where its line begins in the log.", "bytes"),
        _c("number", "integer", "Which of several events of that line."),
        _c("signal", "integer", "What was said: a row of signals."),
        _c("time", "time", "When the line was logged, by the log."),
        _c("seen", "time", "When netctl read it, where the log has no time."),
        _c("uid", "integer", "Whom it is about, if it says so."),
        _c("hotkey", "text", "Whom it is about, if it says so.", "ss58"),
        _c("data", "text", "Every field of it.", "JSON"),
        _c("neuron", "text", "The name of the source."),
        _c("role", "text", "The role of the source."),
        _c("signal_name", "text", "The name of the signal."),
    ),
    "looks": (
        TIME,
        BLOCK,
        _c("last_epoch", "integer", "The block of the subnet's last epoch.", "block"),
        _c("burn_rao", "integer", "The price of a registration.", TAO),
        _c("tao_in_rao", "integer", "TAO in the subnet's pool.", TAO),
        _c("alpha_in_rao", "integer", "Alpha in the subnet's pool.", ALPHA),
    ),
    "uids": (
        _c("uid", "integer", "The uid."),
        TIME,
        BLOCK,
        _c("hotkey", "text", "Whose it is; nothing for nobody's.", "ss58"),
        _c("coldkey", "text", "Whose that is.", "ss58"),
        _c("alpha_rao", "integer", "Alpha on the hotkey.", ALPHA),
        _c("stake_rao", "integer", "Its stake S.", ALPHA),
        _c("trust", "real", "Validator trust.", SHARE),
        _c("consensus", "real", "Consensus.", SHARE),
        _c("incentive", "real", "Incentive.", SHARE),
        _c("dividends", "real", "Dividends.", SHARE),
        _c("emission_rao", "integer", "What it earned in an epoch.", ALPHA),
        _c("last_update", "integer", "When it last set weights.", "block"),
        _c("permit", "flag", "Whether it has a validator's permit."),
        _c("active", "flag", "Whether the chain counts it as active."),
        _c("axon", "text", "Where it says that it can be reached.", "ip:port"),
    ),
    "weights": (
        _c("uid", "integer", "The validator's uid."),
        TIME,
        BLOCK,
        _c("hotkey", "text", "Its hotkey.", "ss58"),
        _c("last_update", "integer", "When it set them.", "block"),
        _c("targets", "text", "For each uid its share of all that it gave, 0 to 1.", "JSON"),
    ),
    "balances": (
        _c("coldkey", "text", "The coldkey.", "ss58"),
        TIME,
        BLOCK,
        _c("free_rao", "integer", "What it can spend.", TAO),
    ),
    "processes": (
        NEURON,
        TIME,
        _c("pid", "integer", "Its process."),
        _c("started", "time", "When that was started."),
        _c("cpu_s", "real", "Processor time since then, of all its processes.", "seconds"),
        _c("memory_bytes", "integer", "Their memory.", "bytes"),
        _c("processes", "integer", "How many they are."),
        _c("threads", "integer", "How many threads they have."),
        _c("descriptors", "integer", "What they have open."),
        _c("connections", "integer", "How many of their sockets are connected."),
        _c("read_bytes", "integer", "Read from disks since then.", "bytes"),
        _c("written_bytes", "integer", "Written to disks since then.", "bytes"),
    ),
    "states": (
        NEURON,
        TIME,
        _c("state", "text", "Its state, as netctl status has it."),
        _c("ready", "flag", "Whether its probes said that it works."),
        _c("restarts", "integer", "How often its session had been started again."),
        _c("problem", "text", "What was wrong with it."),
    ),
    "runs": (
        _c("id", "text", "The run."),
        _c("began", "time", "When it began."),
        _c("facts", "text", "Its run.json, but for the profile's text.", "JSON"),
    ),
}

_HOLDS_BY = {"uids": "uid", "weights": "uid", "balances": "coldkey", "states": "name"}
_WHEN = {"looks": "time", "processes": "time", "runs": "began", "events": "coalesce(events.time, events.seen)"}
_EVENTS = (
    "SELECT events.*, sources.name, sources.role, signals.name FROM events"
    " JOIN sources ON sources.id = events.source JOIN signals ON signals.id = events.signal"
)


def _table(name: str, columns: tuple[Column, ...]) -> Table:
    named = ", ".join(column.name for column in columns)
    select = _EVENTS if name == "events" else f"SELECT {named} FROM {name}"  # noqa: S608 - names of ours
    held = _HOLDS_BY.get(name, "")
    return Table(name, columns, select, "time" if held else _WHEN.get(name, ""), held)


TABLES: tuple[Table, ...] = tuple(_table(name, columns) for name, columns in _COLUMNS.items())
"""Every table of the store; a test holds them to its schema."""
