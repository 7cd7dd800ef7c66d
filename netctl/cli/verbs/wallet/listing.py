"""`netctl wallet list`"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse
from netctl.cli.verbs.wallet.group import app

if TYPE_CHECKING:
    from netctl.cli.output import Cell
    from netctl.fleet import Fleet
    from netctl.holdings import Holding, KeySeen, OnChain


@app.command("list", examples=("netctl wallet list -p profiles/day2.yaml", "netctl wallet list --all --json"))
def list_wallets(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    every: Annotated[bool, typer.Option("--all", help="Every wallet of the directory, not just the fleet's.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what each wallet and hotkey is, holds and is registered as, without opening a secret.

    The fleet's wallets and the one that pays. Answers also while the chain does not.
    """
    from netctl.cli.fitting import fitted
    from netctl.cli.output import say, show_json, show_table
    from netctl.cli.selection import Words, fleet_meant
    from netctl.holdings import documents, holdings

    fleet = fleet_meant(Words(profile, rehearse, network))
    keys, on_chain = asyncio.run(_observed(fleet, every=every))
    found = holdings(keys, {(n.wallet, n.hotkey): n.name for n in fleet.neurons}, on_chain)
    if as_json:
        facts = {"network": fleet.network.kind, "block": on_chain.block, "chain_problem": on_chain.problem}
        show_json({"fleet": fleet.name, "wallet_path": str(fleet.wallet_path), **facts, "wallets": documents(found)})
        return
    say(f"wallets in {fleet.wallet_path}")
    if on_chain.problem is not None:
        say(f"without the chain, so nothing of TAO, stake or uids is known: {on_chain.problem}")
    if found:
        headers = ("key", "neuron", "free", "staked", "uid", "locked", "address")
        show_table(
            *fitted(headers, [_row(holding) for holding in found], shorten={"address": 9}, drop=("address", "locked"))
        )
    for odd in dict.fromkeys(odd for holding in found for odd in holding.key.odd):
        say(f"not as it should be: {odd}")


async def _observed(fleet: Fleet, *, every: bool) -> tuple[list[KeySeen], OnChain]:
    from netctl.adapters import key_shelf
    from netctl.cli.world import looking_at
    from netctl.holdings import observe

    async with looking_at(fleet) as (fleet, world):
        root, paying = fleet.wallet_path, fleet.funding.from_wallet
        wallets = [neuron.wallet for neuron in fleet.neurons]
        wallets += key_shelf.wallets_in(root) if every else [paying] if paying is not None else []
        own = {(neuron.wallet, neuron.hotkey) for neuron in fleet.neurons}
        keys = []
        for wallet in dict.fromkeys(wallets):
            keys.append(key_shelf.seen(root, wallet, None))
            known = {hotkey for home, hotkey in own if home == wallet} | set(key_shelf.hotkeys_in(root, wallet))
            keys += [key_shelf.seen(root, wallet, hotkey) for hotkey in sorted(known)]
        return keys, await observe(world.chain, keys)


def _row(holding: Holding) -> list[Cell]:
    from netctl.cli.output import Cell

    key = holding.key
    is_cold = key.hotkey is None
    staked = ", ".join(f"{_brief(each.alpha_rao)} on {each.netuid}" for each in holding.staked or ())
    uids = ", ".join(f"{uid} on {netuid}" for netuid, uid in (holding.uids or {}).items())
    free = "?" if holding.free_rao is None else _brief(holding.free_rao)
    return [
        Cell(key.wallet, "bold") if key.hotkey is None else Cell(f"  {key.hotkey}"),
        Cell(holding.neuron or ""),
        Cell(free if is_cold else ""),
        Cell("" if is_cold else "?" if holding.staked is None else staked or "-"),
        Cell("" if is_cold else "?" if holding.uids is None else uids or "-"),
        Cell(_lock_text(key), "red" if not key.here and not is_cold else ""),
        Cell(key.address or "-"),
    ]


def _brief(amount_rao: int) -> str:
    """An amount with four decimals, rounded down, as `status` has it; --json has all nine."""
    from netctl.money import tao_text

    return tao_text(amount_rao)[:-5]


def _lock_text(key: KeySeen) -> str:
    if not key.here:
        return "missing" if key.address is None else "public only"
    return "yes" if key.locked else "no"
