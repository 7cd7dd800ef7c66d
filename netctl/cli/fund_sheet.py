"""The funding sheet on a terminal, as CSV and as JSON, with QR codes on request, and waiting until all is there."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from dataclasses import replace

from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, Progress, say, show, show_table
from netctl.fleet import Fleet
from netctl.money import tao_short
from netctl.paying.sheet import COLUMNS, Line, Sheet, sheet_of
from netctl.phases import funding
from netctl.phases.subnet import actual_netuid
from netctl.ports import World

POLL_S = 2.0
LONGEST_POLL_S = 12.0


async def read_sheet(fleet: Fleet, world: World) -> Sheet:
    """The sheet as the chain has it now, for the subnet that the fleet really has there."""
    netuid = await actual_netuid(fleet, world)
    fleet = fleet if netuid is None else replace(fleet, netuid=netuid)
    return sheet_of(fleet, await funding.observe(fleet, world))


def show_sheet(sheet: Sheet) -> None:
    """One line for each coldkey on stdout; who pays and how to come by TAO on stderr.

    An address is to be copied, so it is never cut: where there is no room in the table it has a line of its own.
    """
    headers = ("wallet", "has", "needs", "short", "coldkey", "neurons")
    names, rows = fitted(headers, [_row(line) for line in sheet.lines], shorten={}, drop=("neurons", "coldkey"))
    show_table(names, rows)
    if "coldkey" not in names:
        for line in sheet.lines:
            show(f"{line.wallet}: {line.ss58 or 'not made yet'}")
    for text in sheet.held_back:
        say(f"not counted: {text}")
    if not sheet.short:
        say("every coldkey has what it needs")
        return
    say(f"{tao_short(sheet.short_rao)} TAO are missing on {sheet.network}")
    if sheet.payer is not None:
        say(f"{sheet.payer} pays, it has {tao_short(sheet.payer_free_rao)} TAO")
    elif sheet.advice is not None:
        say(sheet.advice)


def show_sheet_lines(sheet: Sheet) -> None:
    """The same in words, all of it on stderr: who is short, by how much, and where to send it."""
    for line in sheet.short:
        say(f"{', '.join(line.neurons)}: {tao_short(line.short_rao)} TAO are missing on {sheet.network}")
        say(f"  send them to {line.ss58 or f'the coldkey of {line.wallet}, once it is made'}")
    if sheet.advice is not None:
        say(sheet.advice)


def _row(line: Line) -> list[Cell]:
    short = line.short_rao > 0
    return [
        Cell(line.wallet, "bold"),
        Cell(tao_short(line.has_rao)),
        Cell(tao_short(line.needs_rao) if line.needs_rao else "-"),
        Cell(tao_short(line.short_rao) if short else "-", "red" if short else "green"),
        Cell(line.ss58 or "not made yet"),
        Cell(", ".join(line.neurons)),
    ]


def show_csv(sheet: Sheet) -> None:
    """The sheet for a spreadsheet, on stdout."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sheet.records())
    sys.stdout.write(text.getvalue())


def show_qr_codes(sheet: Sheet) -> None:
    """The address of each coldkey that is short, to be scanned, on stderr."""
    for line in sheet.short:
        if line.ss58 is not None:
            say(f"{line.wallet}: {tao_short(line.short_rao)} TAO to {line.ss58}")
            say(qr_code(line.ss58))


def qr_code(address: str) -> str:
    """The address as a QR code of block characters, for a terminal."""
    import qrcode

    code = qrcode.QRCode(border=1)
    code.add_data(address)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    return drawn.getvalue()


async def wait_for_funds(
    fleet: Fleet, world: World, talk: Progress, *, told: Callable[[Sheet], None] = lambda _sheet: None
) -> Sheet:
    """Look every few seconds until nobody is short, and say of each coldkey when it has what it needs.

    Only the balances are read again and again; what is needed is counted anew when one of them has changed. `told`
    gets the sheet then. Ctrl-C ends it.
    """
    sheet = await read_sheet(fleet, world)
    waiting = {line.wallet for line in sheet.short}
    for line in sheet.short:
        talk.note(
            f"waiting for {tao_short(line.short_rao)} TAO on {line.ss58 or 'a coldkey not made yet'} ({line.wallet})"
        )
    while sheet.short:
        await _change(sheet, world)
        sheet = await read_sheet(fleet, world)
        short = {line.wallet for line in sheet.short}
        for line in sheet.lines:
            if line.wallet in waiting - short:
                talk.note(f"✓ {line.wallet} has {tao_short(line.has_rao)} TAO")
        waiting = short
        told(sheet)
    return sheet


async def _change(sheet: Sheet, world: World) -> None:
    """Wait until a coldkey that is short holds something else than before."""
    known = {line.ss58: line.has_rao for line in sheet.short if line.ss58 is not None}
    while True:
        await world.clock.sleep(max(POLL_S, min(await world.chain.block_time_s(), LONGEST_POLL_S)))
        accounts = await world.chain.accounts(list(known), at=await world.chain.head())
        if any(account.free_rao != known[ss58] for ss58, account in accounts.items()):
            return
