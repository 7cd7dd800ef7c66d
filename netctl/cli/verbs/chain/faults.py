"""`netctl chain fault add`, `list`, `clear` and `kinds`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from netctl.cli.options import AsJson, ProfilePath, verb_group
from netctl.cli.verbs.chain.group import app

faults = verb_group("Make the embedded chain fail as real ones do, until it is cleared or its time is over.")
app.add_typer(faults, name="fault")


@faults.command("add")
def add(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What goes wrong; netctl chain fault kinds lists them.")],
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long, e.g. 30s.")] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="How many times it strikes.")] = None,
    probability: Annotated[
        float | None, typer.Option("--probability", min=0, max=1, help="How often it strikes, from 0 to 1.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="The same seed strikes in the same order.")] = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="PATTERN", help="RPC methods and pushes meant, e.g. author_*.")
    ] = None,
    delay: Annotated[str | None, typer.Option("--delay", metavar="TIME", help="How late, e.g. 500ms.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", metavar="N", help="Requests a second for an address.")] = None,
    signer: Annotated[str | None, typer.Option("--signer", metavar="SS58", help="Only this account's.")] = None,
    code: Annotated[int | None, typer.Option("--code", help="The error's code.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="The error's text.")] = None,
    netuid: Annotated[int | None, typer.Option("--netuid", min=0, help="The subnet; 1 where it is left out.")] = None,
    factor: Annotated[float | None, typer.Option("--factor", metavar="N", help="By how much.")] = None,
    blocks: Annotated[int | None, typer.Option("--blocks", min=0, help="How far finality stays behind.")] = None,
    profile: ProfilePath = None,
    as_json: AsJson = False,
) -> None:
    """Let a fault hold from now on. Faults of the chain's state are undone by clearing them; others end with it."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say, show_json

    delay_s = _seconds("--delay", delay)
    asked: dict[str, Any] = {
        "for_s": _seconds("--for", lasts),
        "count": count,
        "probability": probability,
        "seed": seed,
        "method": method,
        "ms": None if delay_s is None else delay_s * 1000,
        "rate": rate,
        "signer": signer,
        "code": code,
        "text": text,
        "netuid": netuid,
        "factor": factor,
        "blocks": blocks,
    }
    options = {name: value for name, value in asked.items() if value is not None}
    told = asyncio.run(devnode.add_fault(chain_meant(profile).network.endpoint, kind, options))
    if as_json:
        show_json(told)
    else:
        say(f"fault {told['id']}: {told['what']}{_until(told)}")


@faults.command("list")
def listed(profile: ProfilePath = None, as_json: AsJson = False) -> None:
    """Show the faults that hold."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say, show, show_json

    found = asyncio.run(devnode.faults(chain_meant(profile).network.endpoint))
    if as_json:
        show_json({"faults": found})
        return
    if not found:
        say("no fault holds")
    for told in found:
        show(f"{told['id']:>4} {told['kind']:<20} {_given(told)}{told['what']}{_until(told)}")


@faults.command("clear")
def clear(
    number: Annotated[int | None, typer.Argument(metavar="[ID]", min=1, help="Which; all where left out.")] = None,
    profile: ProfilePath = None,
) -> None:
    """End one fault, or all; what they changed in the chain's state is put back."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say

    ended = asyncio.run(devnode.clear_faults(chain_meant(profile).network.endpoint, number))
    say(f"ended: {', '.join(map(str, ended))}" if ended else "no fault held")


@faults.command("kinds")
def kinds(profile: ProfilePath = None, as_json: AsJson = False) -> None:
    """Show what can go wrong."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import show, show_json

    found = asyncio.run(devnode.fault_kinds(chain_meant(profile).network.endpoint))
    if as_json:
        show_json(found)
        return
    for name, what in found.items():
        show(f"{name:<20} {what}")


def _seconds(option: str, text: str | None) -> float | None:
    from netctl.durations import seconds_of
    from netctl.errors import UsageError

    try:
        return None if text is None else seconds_of(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=f"write it with its unit: {option} 30s") from None


def _given(told: dict[str, Any]) -> str:
    names = ("method", "ms", "rate", "signer", "code", "text", "netuid", "factor", "blocks", "probability")
    given = [f"{name}={told[name]}" for name in names if told.get(name) not in (None, "*")]
    return f"[{' '.join(given)}] " if given else ""


def _until(told: dict[str, Any]) -> str:
    parts = []
    if told["left"] is not None:
        parts.append(f"{told['left']} times")
    if told["left_s"] is not None:
        parts.append(f"for {told['left_s']:.0f} s")
    if told["in_chain_state"]:
        parts.append("in the chain's state: clearing undoes it, a restart does not")
    return f" ({', '.join(parts)})" if parts else ""
