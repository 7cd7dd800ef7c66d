"""`netctl chain fault add`, `list`, `clear` and `kinds`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.options import AsJson, ProfilePath, verb_group
from netctl.cli.verbs.chain.group import app

if TYPE_CHECKING:
    from netctl.adapters.devnode import OptionsRefused
    from netctl.errors import UsageError

faults = verb_group(
    "Make the embedded chain fail as real ones do, until it is cleared or its time is over.",
    examples=("netctl chain fault add delay --delay 500ms --for 30s", "netctl chain fault list"),
)
app.add_typer(faults, name="fault")


@faults.command(
    "add",
    examples=(
        "netctl chain fault add delay --delay 500ms --for 30s",
        "netctl chain fault add lose-answer --count 1 --method 'author_*'",
        "netctl chain fault add price-jump --factor 4 --netuid 428",
    ),
)
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
    from netctl.cli.chain_faults import line_of
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say, say_hanging, show_json

    typed: dict[str, Any] = {
        "for_s": lasts,
        "count": count,
        "probability": probability,
        "seed": seed,
        "method": method,
        "ms": delay,
        "rate": rate,
        "signer": signer,
        "code": code,
        "text": text,
        "netuid": netuid,
        "factor": factor,
        "blocks": blocks,
    }
    typed = {option: value for option, value in typed.items() if value is not None}
    options = {option: _value(option, value) for option, value in typed.items()}
    try:
        told = asyncio.run(devnode.add_fault(chain_meant(profile).network.endpoint, kind, options))
    except devnode.OptionsRefused as refused:
        raise _as_typed(kind, typed, refused) from None
    if as_json:
        show_json(told)
        return
    say_hanging("fault ", line_of(told))
    if told["in_chain_state"]:
        say("it is in the chain's state: clearing it undoes that, a restart does not")


@faults.command("list", examples=("netctl chain fault list",))
def listed(profile: ProfilePath = None, as_json: AsJson = False) -> None:
    """Show the faults that hold."""
    from netctl.adapters import devnode
    from netctl.cli.chain_faults import HEADERS, row_of
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import Cell, say, show_json, show_table

    found = asyncio.run(devnode.faults(chain_meant(profile).network.endpoint))
    if as_json:
        show_json({"faults": found})
        return
    if not found:
        say("no fault holds")
        return
    show_table(HEADERS, [[Cell(text) for text in row_of(told)] for told in found])


@faults.command("clear", examples=("netctl chain fault clear  # all", "netctl chain fault clear 2"))
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


@faults.command("kinds", examples=("netctl chain fault kinds",))
def kinds(as_json: AsJson = False) -> None:
    """Show what can go wrong, and with which options. No chain needs to run."""
    import json
    import subprocess
    import sys

    from netctl.cli.chain_faults import KIND_HEADERS, kind_row
    from netctl.cli.output import Cell, say, show_json, show_table

    command = [sys.executable, "-P", "-m", "netctl.devchain.faults.kinds"]
    known = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    if as_json:
        show_json({name: kind["what"] for name, kind in known.items()})
        return
    show_table(KIND_HEADERS, [[Cell(text) for text in kind_row(name, kind)] for name, kind in known.items()])
    say("all take --for; which take --count, --probability and --method: docs/faults.md")


def _value(option: str, typed: Any) -> Any:
    """The option as the chain wants it: seconds, milliseconds, numbers that JSON has."""
    from netctl.cli.chain_faults import flag_of
    from netctl.durations import seconds_of
    from netctl.errors import UsageError

    flag = flag_of(option)
    if isinstance(typed, float) and not math.isfinite(typed):
        raise UsageError(f"{flag}: {typed} is no number", hint=f"netctl chain fault add --help says what {flag} is")
    if option not in ("ms", "for_s"):
        return typed
    try:
        seconds = seconds_of(typed)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}", hint=f"write it with its unit: {flag} 30s") from None
    return seconds * 1000 if option == "ms" else seconds


def _as_typed(kind: str, typed: Mapping[str, Any], refused: OptionsRefused) -> UsageError:
    """The chain's refusal with its options called, and their values written, as they were typed."""
    from netctl.cli.chain_faults import flag_of
    from netctl.errors import UsageError

    said = []
    for option, why in refused.wrong.items():
        is_of_value = option in typed and not why.startswith("is ")
        said.append(f"{flag_of(option)} {typed[option]}: {why}" if is_of_value else f"{flag_of(option)} {why}")
    return UsageError(f"{kind}: {'; '.join(said)}" if said else refused.message, hint=refused.hint)
