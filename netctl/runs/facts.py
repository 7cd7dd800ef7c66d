"""What is written of a run when it begins, gathered from where each of it is true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from netctl import packs
from netctl.errors import NetctlError
from netctl.fleet import Fleet, NeuronSpec
from netctl.ports import Metagraph, World
from netctl.provenance import code_now
from netctl.render.fleet import render_fleet
from netctl.render.neuron import Rendered
from netctl.runs.record import Chain, Code, Member, Pack, Profile

LONGEST_SEED = 20
"""Digits of a 64-bit number: no key is a whole number as short as that."""

_SEED = re.compile(r"seed$", re.IGNORECASE)


def profile_of(fleet: Fleet) -> Profile:
    """The profile as its file is now; empty where it is gone."""
    try:
        content = fleet.profile_path.read_bytes()
    except OSError:
        return Profile(str(fleet.profile_path), "", "")
    return Profile(str(fleet.profile_path), sha256(content).hexdigest(), content.decode(errors="replace"))


def code_of(fleet: Fleet) -> Code | None:
    """The subnet's code as its checkout is now, None for stand-ins. Runs git."""
    found = code_now(fleet)
    if found is None or fleet.code.path is None:
        return None
    return Code(str(fleet.code.path), found.commit, found.dirty, found.changed, found.mark, found.why)


def pack_of(fleet: Fleet) -> Pack:
    """The pack and a digest of all of its files; "" where it cannot be read."""
    try:
        root = packs.find(fleet.code.pack, fleet.profile_path.parent)
        whole = sha256()
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            whole.update(f"{path.relative_to(root)}\0".encode() + sha256(path.read_bytes()).digest())
    except (NetctlError, OSError):
        return Pack(fleet.code.pack, "")
    return Pack(fleet.code.pack, whole.hexdigest())


def endpoint_of(endpoint: str) -> str:
    """An address without what may be a secret in it: user, path and query."""
    parts = urlsplit(endpoint)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}"


def members_of(fleet: Fleet, world: World, metagraph: Metagraph | None) -> tuple[Member, ...]:
    """The fleet's neurons with their addresses and, as far as the chain was read, their uids."""

    def member(neuron: NeuronSpec) -> Member:
        keys = world.keys.facts(neuron.wallet, neuron.hotkey)
        row = None if metagraph is None or keys.hotkey_ss58 is None else metagraph.of_hotkey(keys.hotkey_ss58)
        return Member(
            neuron.name,
            neuron.role,
            neuron.wallet,
            neuron.hotkey,
            keys.coldkey_ss58,
            keys.hotkey_ss58,
            None if row is None else row.uid,
            None if neuron.strategy is None else neuron.strategy.name,
        )

    return tuple(member(neuron) for neuron in fleet.neurons)


def seeds_of(fleet: Fleet, environ: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """The whole numbers that neurons are seeded with, by neuron; empty where nothing can be rendered."""
    try:
        wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), environ)
    except NetctlError:
        return {}
    found = {one.neuron: dict(_seeds(one)) for one in wanted.rendered}
    return {name: seeds for name, seeds in found.items() if seeds}


def _seeds(one: Rendered) -> Iterator[tuple[str, int]]:
    for name, text in (*sorted(one.environ.items()), *_options(one.argv)):
        if _SEED.search(name) and text.isascii() and text.isdigit() and len(text) <= LONGEST_SEED:
            yield name, int(text)


def _options(argv: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each option with its value, written ``--x 1`` or ``--x=1``."""
    for word, after in zip(argv, (*argv[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name.startswith("--"):
            yield name, value if equals else after


async def chain_of(fleet: Fleet, world: World) -> Chain:
    """The chain that the fleet is on; ChainError."""
    return Chain(
        fleet.network.kind,
        endpoint_of(fleet.network.endpoint),
        fleet.netuid,
        await world.chain.genesis_hash(),
        await world.chain.block_time_s(),
    )
