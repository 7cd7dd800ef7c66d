"""What registrations cost, for people: the price now, each pace with its total and end, and a chart of the price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from netctl.cli.output import plain_table
from netctl.money import RAO_PER_TAO, Rao, tao_about, tao_short
from netctl.pricing.pace import span_text
from netctl.pricing.quote import Quote, prices_over_time
from netctl.pricing.schedule import Schedule

CHART_WIDTH, CHART_HEIGHT = 78, 12
POINTS = 400


def quote_lines(quote: Quote) -> Iterator[str]:
    """The rule, then one line for each pace; equal ones share theirs."""
    yield f"price of {quote.count} registration{'' if quote.count == 1 else 's'}: {_rule(quote)}"
    locks = quote.rule.lock_share > 0
    headers = ["", "total TAO", *(["of it locked"] if locks else []), "dearest", "last one in", "at"]
    rows = [_row(name, found, quote, locks) for name, found in quote.offers()]
    yield from (f"  {line}" for line in plain_table(headers, rows))
    if quote.in_turn > 1:
        yield f"  {quote.in_turn} are of one coldkey: one after the other, each when the last is final, so longer"
    if not quote.has_limit:
        yield "  this chain has no register_limit: a cap is held by looking first, and another may come between"


def _rule(quote: Quote) -> str:
    rule, windows = quote.rule, quote.rule.windows
    bounds = f"between {tao_short(rule.min_burn_rao)} and {tao_short(rule.max_burn_rao)}"
    if windows is not None:
        return (
            f"{tao_about(rule.burn_rao)} TAO now, {bounds}; at most {windows.per_block} in a block "
            f"and {windows.per_interval} in {windows.interval_blocks} blocks"
        )
    moves = f"x{float(rule.increase_mult):.4g} with each, halved in {rule.half_life_blocks} blocks"
    return f"{tao_about(rule.burn_rao)} TAO now, {moves}, {bounds}"


def _row(name: str, found: Schedule, quote: Quote, locks: bool) -> list[str]:
    plural = "" if found.blocks == 1 else "s"
    return [
        name,
        tao_about(found.total_rao),
        *([tao_about(quote.locked_rao(found))] if locks else []),
        tao_about(found.dearest_rao),
        f"{found.blocks} block{plural}, {span_text(found.blocks * quote.block_time_s)}",
        _clock(quote, found),
    ]


def _clock(quote: Quote, found: Schedule) -> str:
    ends, now = (datetime.fromtimestamp(at).astimezone() for at in (quote.ends(found), quote.now))
    return ends.strftime("%H:%M:%S" if ends.date() == now.date() else "%a %d %b %H:%M")


def chart_lines(quote: Quote) -> list[str]:
    """The price over time, all at once and as planned, in characters; nothing where there is nothing to see."""
    shown = [(name, found) for name, found in quote.offers() if name != "cheapest"]
    blocks = _shown_blocks(quote, [found for _, found in shown])
    if quote.count < 2 or blocks < 2:
        return []
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(CHART_WIDTH, CHART_HEIGHT)
    at = _picked(blocks)
    seen: list[Rao] = []
    for name, found in shown:
        prices = prices_over_time(quote.rule, found, blocks)
        seen += prices
        marker = "." if found == quote.at_once and len(shown) == 2 else "braille"
        plotext.plot(at, [prices[block] / RAO_PER_TAO for block in at], marker=marker, label=name)
    # Halving in equal times makes straight lines, and a burst does not flatten what comes below it.
    levels = _levels(max(1, min(seen)), max(seen))
    plotext.yscale("log")
    plotext.yticks([level / RAO_PER_TAO for level in levels], [tao_about(level) for level in levels])
    ticks = [round(blocks * part / 4) for part in range(5)]
    plotext.xticks(ticks, [f"{tick}" if tick else "now" for tick in ticks])
    plotext.xlabel("blocks from now; price in TAO")
    drawn = plotext.uncolorize(plotext.build())
    plotext.clear_figure()
    return [f"  {line.rstrip()}" for line in drawn.splitlines()]


def _levels(lowest: Rao, highest: Rao) -> list[Rao]:
    steps = 4 if highest > lowest else 0
    return [round(lowest * (highest / lowest) ** (step / max(1, steps))) for step in range(steps + 1)]


def _shown_blocks(quote: Quote, found: Sequence[Schedule]) -> int:
    """To the end of the longest and a third more; a burst's price is followed for a half-life at least."""
    longest = max((each.blocks for each in found), default=0)
    return max(longest + longest // 3, 0 if quote.rule.windows else min(quote.rule.half_life_blocks, 7200))


def _picked(blocks: int) -> list[int]:
    if blocks <= POINTS:
        return list(range(blocks + 1))
    return sorted({round(blocks * point / POINTS) for point in range(POINTS + 1)})
