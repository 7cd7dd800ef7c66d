"""`netctl metagraph`"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.cli.words import Words
    from netctl.fleet import Fleet
    from netctl.ports import Metagraph

app = verb()

_HEADERS = ("uid", "neuron", "hotkey", "stake", "permit", "incentive", "dividends", "consensus", "updated", "axon")
_NARROW = ("uid", "neuron", "stake", "permit", "incentive", "dividends", "axon")
_WHOLE = 110
"""On a terminal narrower than this, the narrow table: numbers are never cut."""


@app.command(examples=("netctl metagraph", "netctl metagraph --live --json"))
def metagraph(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the chain now, whatever was sampled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the subnet's neurons as the chain has them.

    The fleet's own carry their names; stake is S[uid], alpha on the hotkey and TAO on root by its weight, and updated
    the block of the last weights. What is shown is the supervisor's last sample while it is fresh, and its age is said.
    """
    import time

    from netctl.cli.output import Cell, say, show_json, show_table, terminal_width
    from netctl.cli.selection import fleet_meant
    from netctl.cli.words import Words
    from netctl.durations import short

    words = Words(profile, rehearse, network)
    now = time.time()
    sampled = None if live else _sampled(words, now)
    graph, names, at = sampled or (*asyncio.run(_read(fleet_meant(words))), None)
    age_s = None if at is None else round(max(0.0, now - at), 1)
    if as_json:
        show_json({**_document(graph, names), "sample_age_s": age_s})
        return
    age = "" if age_s is None else f", asked {short(age_s)} ago by the supervisor"
    say(f"subnet {graph.netuid} at block {graph.block}, {len(graph.rows)} neurons{age}")
    wanted = _HEADERS if terminal_width() >= _WHOLE else _NARROW
    rows = [dict(zip(_HEADERS, _cells(row, names), strict=True)) for row in graph.rows]
    show_table(wanted, [[Cell(row[header]) for header in wanted] for row in rows], cut="hotkey")


def _sampled(words: Words, now: float) -> tuple[Metagraph, dict[str, str], float] | None:
    """What the supervisor saw last, if that is fresh and holds it: the metagraph, names by hotkey, when it asked."""
    from netctl.cli.quick import fresh_sample

    found = fresh_sample(words, now)
    seen = None if found is None else found[1].seen
    if seen is None or seen.metagraph is None:
        return None
    names = {keys.hotkey_ss58: name for name, keys in seen.keys.items() if keys.hotkey_ss58 is not None}
    return seen.metagraph, names, seen.asked_at


async def _read(fleet: Fleet) -> tuple[Metagraph, dict[str, str]]:
    from netctl.cli.world import looking_at
    from netctl.errors import ChainError, ChainUnreachable
    from netctl.phases.subnet import actual_netuid

    async with looking_at(fleet) as (fleet, world):
        if not fleet.network.endpoint:
            raise ChainUnreachable(f"the chain of {fleet.name} does not run", hint="netctl fleet up")
        netuid = await actual_netuid(fleet, world)
        graph = await world.chain.metagraph(netuid if netuid is not None else fleet.netuid)
        if graph is None:
            hint = "check netuid and network in the profile"
            raise ChainError(f"subnet {fleet.netuid} does not exist on {fleet.network.endpoint}", hint=hint)
        keys = {n.name: world.keys.facts(n.wallet, n.hotkey).hotkey_ss58 for n in fleet.neurons}
        return graph, {hotkey: name for name, hotkey in keys.items() if hotkey is not None}


def _document(graph: Metagraph, names: dict[str, str]) -> dict[str, Any]:
    from netctl.money import tao_text

    rows = []
    for row in graph.rows:
        facts = asdict(row)
        facts["alpha_tao"] = tao_text(facts.pop("stake_rao"))
        facts["stake_tao"] = tao_text(facts.pop("total_stake_rao"))
        facts["emission_tao"] = tao_text(facts.pop("emission_rao"))
        rows.append({"name": names.get(row.hotkey), **facts})
    return {"netuid": graph.netuid, "block": graph.block, "neurons": rows}


def _cells(row: Any, names: dict[str, str]) -> list[str]:
    from netctl.money import tao_text

    return [
        str(row.uid),
        names.get(row.hotkey, "-"),
        row.hotkey,
        tao_text(row.total_stake_rao)[:-5],
        "yes" if row.validator_permit else "-",
        f"{row.incentive:.4f}",
        f"{row.dividends:.4f}",
        f"{row.consensus:.4f}",
        str(row.last_update),
        row.axon or "-",
    ]
