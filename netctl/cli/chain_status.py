"""What `netctl chain status` tells: where the chain answers, how far and how fast it is, what it was asked in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from netctl.cli.chain_faults import line_of
from netctl.cli.localnets import running_localnet
from netctl.cli.output import show_hanging, show_json
from netctl.cli.world import host_of, world_of
from netctl.embedded import SESSION
from netctl.fleet import Fleet

_MOST_NAMED = 8


async def chain_facts(fleet: Fleet) -> dict[str, Any]:
    """The facts as --json shows them; those that only an embedded chain can tell are left out elsewhere."""
    return await (_of_embedded(fleet) if fleet.rehearsal else _of_localnet(fleet))


async def _of_localnet(fleet: Fleet) -> dict[str, Any]:
    async with world_of(fleet) as world:
        facts: dict[str, Any] = {
            "endpoint": fleet.network.endpoint,
            "block": (await world.chain.head()).number,
            "block_time_s": await world.chain.block_time_s(),
            "spec_version": await world.chain.spec_version(),
            "pid": None,
            "genesis": await world.chain.genesis_hash(),
            "finalized": (await world.chain.finalized()).number,
        }
    container = running_localnet(fleet.state)
    if container is not None:
        facts |= {"engine": "docker", "container": container.name, "image": container.image}
    return facts


async def _of_embedded(fleet: Fleet) -> dict[str, Any]:
    """All from the chain's own account, which no fault touches: it is most wanted while some hold."""
    from netctl.adapters import devnode

    told = await devnode.status(fleet.network.endpoint)
    session = host_of(fleet).sessions().get(SESSION)
    return {
        "endpoint": fleet.network.endpoint,
        "block": told["block"],
        "block_time_s": told["block_time_s"],
        "spec_version": told["spec"],
        "pid": session.pid if session is not None else None,
        "genesis": told["genesis"],
        "finalized": told["finalized"],
        "engine": "embedded",
        **{name: told[name] for name in _OWN if name in told},
        "clock": datetime.fromtimestamp(told["now_ms"] / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


_OWN = ("compat", "seal", "speed", "paused", "finality_lag", "subnets", "pool", "faults", "unsupported")


def show_chain(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print them, as one document or as lines."""
    if as_json:
        show_json(facts)
        return
    for name, text in lines(facts):
        show_hanging(f"{name:<13} ", text)


def lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts as a person reads them: a name and a text each."""
    yield "endpoint", str(facts["endpoint"])
    yield "block", f"{facts['block']}, finalized {facts['finalized']}"
    yield "block time", _pace(facts)
    if "clock" in facts:
        yield "clock", str(facts["clock"])
    own_types = "" if facts.get("compat", True) else ", with its own types: no compat for bittensor before 11"
    yield "spec", f"{facts['spec_version']}{own_types}"
    yield "genesis", str(facts["genesis"])
    if "container" in facts:
        yield "container", f"{facts['container']}, image {facts['image']}"
    elif facts["pid"] is not None:
        yield "pid", str(facts["pid"])
    if "subnets" in facts:
        yield "subnets", ", ".join(map(str, facts["subnets"])) or "none"
    if "pool" in facts:
        yield "pool", f"{facts['pool']} waiting"
    if "faults" in facts:
        yield from _listed("faults", [line_of(each) for each in facts["faults"]])
    if "unsupported" in facts:
        counted = sorted(facts["unsupported"].items(), key=lambda item: (-item[1], item[0]))
        shown = [f"{name}, asked {_times(count)}" for name, count in counted[:_MOST_NAMED]]
        left = len(counted) - _MOST_NAMED
        yield from _listed("not modelled", [*shown, f"and {left} more: --json names them"] if left > 0 else shown)


def _pace(facts: Mapping[str, Any]) -> str:
    seal = facts.get("seal", "interval")
    if seal != "interval":
        return f"{facts['block_time_s']:g} s, sealed {seal}"
    pace = f"{facts['block_time_s']:g} s"
    if facts.get("speed", 1) != 1:
        pace += f", at {facts['speed']:g}x"
    if facts.get("finality_lag"):
        pace += f", final {facts['finality_lag']} blocks later"
    return f"{pace}, PAUSED" if facts.get("paused") else pace


def _listed(name: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    yield name, texts[0] if texts else "none"
    for text in texts[1:]:
        yield "", text


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
