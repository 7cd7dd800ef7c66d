"""`netctl journal`"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, Yes, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netctl.fleet import Fleet
    from netctl.journal import FileJournal
    from netctl.paying.audit import Audit
    from netctl.paying.ledger import Payment

app = verb()
MOST_ENDS = 3


@app.command(
    examples=(
        "netctl journal",
        "netctl journal --since 3d --neuron miner_3",
        "netctl journal --check  # the chain says the same, to the rao",
    )
)
def journal(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="From 2h or 3d ago on, or from a date or time in UTC.")
    ] = None,
    neuron: Annotated[
        str | None,
        typer.Option("--neuron", metavar="NAME", autocompletion=complete_neurons, help="Payments for this neuron."),
    ] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="WORD", help="Payments for this: fund, register, stake, ...")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Look each payment up on the chain, and compare both sums.")
    ] = False,
    begin: Annotated[bool, typer.Option("--begin", help="Begin one where there is none: finney asks for it.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Show what netctl has paid for this fleet, and what it comes to.

    Oldest first. With --json one JSON object a line, as the file holds them, and the totals in the last; with --check
    as well, one document. --check ends with 1 when the chain does not say the same, to the rao and fees included.
    """
    from netctl.adapters.clock import SystemClock
    from netctl.cli.output import say, show_json
    from netctl.cli.selection import Words, fleet_meant
    from netctl.journal import FileJournal
    from netctl.paying.ledger import chosen, lines_of, payments, totals_document
    from netctl.paying.policy import JOURNAL

    fleet = fleet_meant(Words(profile, rehearse, network))
    record = FileJournal(fleet.state / JOURNAL, clock=SystemClock(), command="netctl journal")
    if begin:
        from netctl.cli.journal_begin import begin as begin_journal

        begin_journal(fleet, record, yes=yes)
        return 0
    entries = record.entries()
    known = payments(entries)
    _insist_on_known(fleet, known, neuron, purpose)
    found = chosen(known, since=_moment(since), neuron=neuron, purpose=purpose)
    if check:
        return _checked(fleet, found, as_json=as_json)
    if as_json:
        everything = len(found) == len(known)
        for entry in entries if everything else lines_of(entries, found):
            show_json(entry, lines=True)
        if found:
            show_json({"kind": "totals", **totals_document(found)}, lines=True)
    else:
        _show(found)
    _tell(fleet, record, known, found)
    if not as_json and any(each.result == "open" for each in found):
        say("the outcome of some is not known yet: the next run that pays looks it up; so does --check")
    return 0


def _checked(fleet: Fleet, found: Sequence[Payment], *, as_json: bool) -> int:
    from netctl.cli.output import show_json
    from netctl.paying.ledger import totals_document

    audited, fleet = asyncio.run(_audited(fleet, found))
    if as_json:
        facts = {"fleet": fleet.name, "network": fleet.network.endpoint}
        show_json({**facts, **audited.document(), "totals": totals_document(found)})
    else:
        _show_audit(audited, fleet)
    return 0 if audited.ok else 1


async def _audited(fleet: Fleet, found: Sequence[Payment]) -> tuple[Audit, Fleet]:
    from netctl.cli.world import looking_at
    from netctl.errors import ChainUnreachable
    from netctl.paying.audit import audit

    async with looking_at(fleet) as (fleet, world):
        if not fleet.network.endpoint:
            raise ChainUnreachable(f"the chain of {fleet.name} does not run", hint="netctl fleet up starts it")
        return await audit(found, world.chain), fleet


def _moment(since: str | None) -> float | None:
    from netctl.durations import moment_of
    from netctl.errors import UsageError

    if since is None:
        return None
    try:
        return moment_of(since, now=time.time())
    except ValueError:
        raise UsageError(f"--since {since}: neither a span nor a time", hint="write 2h, 3d or 2026-11-22") from None


def _insist_on_known(fleet: Fleet, known: Sequence[Payment], neuron: str | None, purpose: str | None) -> None:
    """UsageError for a word that neither the fleet nor its journal knows: it is a slip, not an empty answer."""
    from netctl.errors import UsageError

    names = {each.name for each in fleet.neurons} | {each.intent.neuron for each in known if each.intent.neuron}
    purposes = {"fund", "register", "stake"} | {each.intent.purpose for each in known}
    for what, word, words in (("neuron", neuron, names), ("purpose", purpose, purposes)):
        if word is not None and word not in words:
            raise UsageError(f"--{what} {word}: no payment is of it", hint=f"one of {', '.join(sorted(words))}")


def _tell(fleet: Fleet, record: FileJournal, known: Sequence[Payment], found: Sequence[Payment]) -> None:
    from netctl.cli.output import say

    if record.torn:
        say(f"{record.torn} torn lines were left out: netctl was killed while it wrote them, and sent nothing on them")
    if not known:
        say(f"nothing was paid for {fleet.name} yet")
    elif not found:
        say(f"none of the {len(known)} payments is meant")


def _show(found: Sequence[Payment]) -> None:
    from netctl.cli.fitting import fitted
    from netctl.cli.output import Cell, show, show_table
    from netctl.money import tao_short
    from netctl.paying.ledger import total, totals

    if not found:
        return
    headers = ("when (UTC)", "command", "what", "neuron", "amount", "fee", "block", "outcome", "end", "extrinsic")
    rows = [_row(each) for each in found]
    narrow = {"extrinsic": 10, "end": 12, "what": 14}
    show_table(*fitted(headers, rows, shorten=narrow, drop=("extrinsic", "end", "command", "fee")))
    show()
    sums = [*totals(found).items(), ("whole", total(found))]
    rows = [
        [Cell(name), Cell(str(t.payments)), *[Cell(tao_short(rao)) for rao in (t.moved_rao, t.fee_rao, t.spent_rao)]]
        for name, t in sums
    ]
    show_table(("what", "payments", "moved", "fees", "spent"), rows)


def _row(each: Payment) -> list[Any]:
    from netctl.cli.output import Cell
    from netctl.money import tao_short

    known = each.result != "open"
    style = {"included": "green", "open": "yellow"}.get(each.result, "red")
    return [
        Cell(each.when[:19].replace("T", " ")),
        Cell(each.command.removeprefix("netctl ") or "-"),
        Cell(each.intent.purpose),
        Cell(each.intent.neuron or "-"),
        Cell(("" if known else "<= ") + tao_short(each.amount_rao)),
        Cell(("" if known else "<= ") + tao_short(each.fee_rao)),
        Cell(each.place or (str(each.block) if each.block is not None else "-")),
        Cell(each.result, style),
        Cell(_ends(each.ends)),
        Cell(each.intent.hash),
    ]


def _ends(ends: Sequence[str]) -> str:
    """Whom it paid; what for stands in another column."""
    whom = [end.partition(" ")[2] or end for end in ends]
    return ", ".join(whom[:MOST_ENDS]) + (f" and {len(ends) - MOST_ENDS} more" if len(ends) > MOST_ENDS else "") or "-"


def _show_audit(audited: Audit, fleet: Fleet) -> None:
    from netctl.cli.output import say, show
    from netctl.money import tao_short

    for f in audited.found:
        if f.verdict != "agrees":
            whom = f" for {f.payment.intent.neuron}" if f.payment.intent.neuron else ""
            show(f"{f.verdict}: {f.payment.intent.purpose}{whom}, {f.payment.intent.hash}: {f.why}")
    count = sum(1 for f in audited.found if f.verdict != "elsewhere")
    show(f"journal: {tao_short(audited.journal_rao)} TAO spent in {count} payment{'' if count == 1 else 's'}")
    show(f"chain:   {tao_short(audited.chain_rao)} TAO, {fleet.network.endpoint} at block {audited.head.number}")
    gap_rao = audited.journal_rao - audited.chain_rao
    if audited.ok:
        say("they agree, to the rao")
    elif gap_rao:
        say(f"they differ by {tao_short(abs(gap_rao))} TAO: the {'journal' if gap_rao > 0 else 'chain'} has more")
    else:
        say("the sums are equal, and not everything could be found as the journal says")
