"""What an option or a variable is for, by what it is called, and what a pack gives it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from netctl.ecosystem.writing import OPTIONS
from netctl.newcomer.facts import Argument, Certainty
from netctl.profile.secrets import is_secret_name


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that every neuron is told, in words and as a pack's template; None for a switch.

    `sure` is a name that means nothing else, `usual` are names that usually mean it, with a space between; as `plain`.
    """

    name: str
    words: str
    template: str | None
    sure: str
    usual: str = ""


MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        "netuid", "the subnet's number", OPTIONS["--netuid"], "netuid", "subnet.netuid subnet.uid subnet.id subnet"
    ),
    Meaning(
        "network",
        "the chain, by name or address",
        OPTIONS["--subtensor.network"],
        "subtensor.network",
        "network subtensor chain.network",
    ),
    Meaning(
        "endpoint",
        "the chain's address",
        "{{ network.endpoint }}",
        "subtensor.chain.endpoint",
        "chain.endpoint subtensor.endpoint subtensor.address endpoint chain.url chain ws ws.url rpc rpc.url node",
    ),
    Meaning(
        "wallet path",
        "where the wallets lie",
        OPTIONS["--wallet.path"],
        "wallet.path",
        "wallets wallet.dir wallets.dir wallets.path wallet.directory",
    ),
    Meaning(
        "wallet",
        "the wallet's name",
        OPTIONS["--wallet.name"],
        "wallet.name",
        "wallet wallet.coldkey coldkey coldkey.name",
    ),
    Meaning("hotkey", "the hotkey's name", OPTIONS["--wallet.hotkey"], "wallet.hotkey", "hotkey hotkey.name"),
    Meaning(
        "axon port",
        "the port that it listens on",
        OPTIONS["--axon.port"],
        "axon.port",
        "port miner.port serve.port listen.port server.port",
    ),
    Meaning(
        "external ip",
        "the address that the chain announces",
        OPTIONS["--axon.external_ip"],
        "axon.external.ip",
        "external.ip public.ip",
    ),
    Meaning(
        "external port",
        "the port that the chain announces, where it is another",
        OPTIONS["--axon.external_port"],
        "axon.external.port",
        "external.port public.port",
    ),
    Meaning("loudness", "says more in the log", None, "logging.debug"),
)
_STAKE = frozenset({"vpermit.rao.limit"})
_WRITTEN = {
    "db",
    "database",
    "state",
    "cache",
    "storage",
    "store",
    "output",
    "save",
    "checkpoint",
    "results",
    "history",
}
_READ = {
    "config",
    "model",
    "key",
    "keys",
    "template",
    "whitelist",
    "blacklist",
    "input",
    "url",
    "host",
    "api",
    "scraping",
}
_FILES = {".sqlite", ".sqlite3", ".db", ".json", ".npz", ".pt", ".pkl", ".parquet", ".csv", ".log", ".txt"}


def plain(name: str) -> str:
    """``--axon.external_port`` and ``AXON_EXTERNAL_PORT`` as they are compared: ``axon.external.port``."""
    return re.sub(r"[-_.]+", ".", name).strip(".").lower()


def meaning_of(name: str) -> tuple[Meaning, Certainty] | None:
    """What an option of that name is for; None where nothing is known of it."""
    wanted = plain(name).removeprefix("bt.")
    for meaning in MEANINGS:
        if wanted == meaning.sure:
            return meaning, "certain"
        if wanted in meaning.usual.split():
            return meaning, "likely"
    return None


def is_stake_limit(argument: Argument) -> bool:
    """Whether it is the stake that a miner of this family asks of a validator."""
    return plain(argument.name) in _STAKE and isinstance(argument.default, int)


def is_other_port(argument: Argument) -> bool:
    """A port beside the axon's, which two neurons on one machine must not share."""
    words = plain(argument.name).split(".")
    is_number = isinstance(argument.default, int) and not isinstance(argument.default, bool)
    return words[-1] == "port" and is_number and not {"external", "public", "remote", "proxy"} & set(words)


def file_kept(argument: Argument) -> PurePosixPath | None:
    """The file that the program keeps under this option, as its default names it; None where it is no such option."""
    if argument.is_switch or not isinstance(argument.default, str) or is_secret_name(argument.name):
        return None
    words = set(plain(argument.name).split("."))
    path = PurePosixPath(argument.default)
    if not words & _WRITTEN or words & _READ or "://" in argument.default or path.suffix.lower() not in _FILES:
        return None
    return path
