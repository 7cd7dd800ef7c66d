"""What several validators did, as people read it: scores, order, weights, samples, lag, and who copies whom."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.agreement.agreement import Agreement
from netctl.agreement.copying import Following
from netctl.agreement.document import document
from netctl.agreement.lags import Lag, expected_blocks
from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, show, show_hanging, show_json, show_table, terminal_width
from netctl.durations import short, utc_text
from netctl.fleet import Fleet

MOST_COLUMNS = 4
MOST_GAPS = 3


def show_agreement(found: Agreement, fleet: Fleet, *, as_json: bool) -> None:
    """One JSON document, or all of it as text."""
    if as_json:
        show_json({"fleet": fleet.name, "rehearsal": fleet.rehearsal, **document(found)})
        return
    show_hanging("", _title(found, fleet))
    if not found.validators:
        show("no validator has judged anybody yet")
        return
    show()
    show("scores at the end, as shares of all that each validator gave; their spread")
    _show_scores(found)
    show()
    show("verdicts on each miner, and the time between two of them")
    _show_attention(found)
    show()
    for head, text in _lines(found):
        show_hanging(head, text)


def _title(found: Agreement, fleet: Fleet) -> str:
    counts = f"{_count(found.validators, 'validator')}, {_count(found.miners, 'miner')}"
    return f"{fleet.name}: {counts}, {short(found.window.length_s)} until {utc_text(found.window.until)}"


def _count(things: tuple[str, ...], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _judges(found: Agreement) -> list[str]:
    return sorted({each.validator for each in found.attention})


def _is_wide(found: Agreement) -> bool:
    judges = _judges(found)
    return len(judges) > MOST_COLUMNS or 28 + sum(len(name) + 2 for name in judges) > min(terminal_width(), 200)


def _show_scores(found: Agreement) -> None:
    judges = _judges(found)
    if _is_wide(found):
        headers = ["miner", "judged by", "lowest", "highest", "spread", "usual"]
        rows = [
            [
                Cell(each.miner, "bold"),
                Cell(f"{len(each.shares)} of {len(judges)}"),
                Cell(_figure(min(each.shares.values(), default=None))),
                Cell(_figure(max(each.shares.values(), default=None))),
                Cell(_figure(each.spread, 2)),
                Cell(_figure(each.usual, 2)),
            ]
            for each in found.spreads
        ]
    else:
        headers = ["miner", *judges, "spread", "usual"]
        rows = [
            [
                Cell(each.miner, "bold"),
                *(Cell(_figure(each.shares.get(judge))) for judge in judges),
                Cell(_figure(each.spread, 2)),
                Cell(_figure(each.usual, 2)),
            ]
            for each in found.spreads
        ]
    show_table(*fitted(headers, rows, shorten={"miner": 12}))


def _show_attention(found: Agreement) -> None:
    judges = _judges(found)
    by_pair = {(each.validator, each.miner): each for each in found.attention}

    def cell(judge: str, miner: str) -> Cell:
        each = by_pair.get((judge, miner))
        if each is None:
            return Cell("never", "red")
        return Cell(str(each.count) if each.usual_gap_s is None else f"{each.count}, {short(each.usual_gap_s)}")

    if _is_wide(found):
        rows = []
        for miner in found.miners:
            counts = [by_pair[judge, miner].count if (judge, miner) in by_pair else 0 for judge in judges]
            rows.append([Cell(miner, "bold"), Cell(str(sum(counts))), Cell(str(min(counts))), Cell(str(max(counts)))])
        show_table(*fitted(["miner", "verdicts", "fewest by one", "most by one"], rows, shorten={"miner": 12}))
        return
    rows = [[Cell(miner, "bold"), *(cell(judge, miner) for judge in judges)] for miner in found.miners]
    show_table(*fitted(["miner", *judges], rows, shorten={"miner": 12}))


def _lines(found: Agreement) -> Iterator[tuple[str, str]]:
    gaps = sorted(
        (each for each in found.attention if each.longest_gap_s), key=lambda each: -(each.longest_gap_s or 0.0)
    )
    if gaps:
        named = (f"{g.validator} of {g.miner} {short(g.longest_gap_s or 0.0)}" for g in gaps[:MOST_GAPS])
        yield "longest without a verdict: ", ", ".join(named)
    for order in found.orders:
        yield (
            "order: ",
            (
                f"{_both(order.validators)} rank {order.miners} miners with Spearman {_figure(order.spearman, 2)},"
                f" Kendall {_figure(order.kendall, 2)}; usually Spearman {_figure(order.usual, 2)}"
            ),
        )
    for apart in found.apart:
        yield (
            "weights: ",
            (
                f"{_both(apart.validators)} lie {_figure(apart.last)} apart now, {_figure(apart.mean)} on average"
                f" of {len(apart.moments)} changes (0 the same, 1 nothing in common)"
            ),
        )
    for overlap in found.overlaps:
        if overlap.miner is None:
            yield (
                "samples: ",
                (
                    f"{overlap.validators[0]} looked at {overlap.looked[0]} pieces, {overlap.validators[1]} at"
                    f" {overlap.looked[1]}; {overlap.common} are the same ones ({_figure(overlap.jaccard, 2)} of all)"
                ),
            )
    yield "commit-reveal: ", _reveal_text(found)
    for lag in found.lags:
        yield "lag: ", _lag_text(lag)
    yield from _copying_lines(found)


def _lag_text(lag: Lag) -> str:
    if lag.usual_s is not None:
        blocks = "" if lag.usual_blocks is None else f" ({lag.usual_blocks:g} blocks)"
        return (
            f"weights of {lag.validator} showed {short(lag.usual_s)}{blocks} after they were set,"
            f" {short(lag.longest_s or 0.0)} at most, of {lag.seen} that were seen"
        )
    if not lag.seen and not lag.looked:
        return f"{lag.validator} has set weights {lag.set} times; nobody looked at the chain to see them there"
    if not lag.seen:
        return f"{lag.validator} has set weights {lag.set} times, and the chain has shown none of them yet"
    return f"when {lag.validator} set its weights is not known here; {lag.seen} were seen"


def _copying_lines(found: Agreement) -> Iterator[tuple[str, str]]:
    told = [each for each in found.followings if each.verdict in ("copies", "follows")]
    for each in told:
        yield f"{each.verdict}: ", _copy_text(each)
    if told:
        return
    judged = [each for each in found.followings if each.verdict == "no"]
    if judged:
        yield "copying: ", f"none: no validator's weights are another's from before ({len(judged)} pairs looked at)"
    elif len(found.validators) > 1:
        yield "copying: ", "too few weights were seen to say; three of each are needed"


def _copy_text(each: Following) -> str:
    own = (
        "its log is not here, nor are its verdicts"
        if each.verdict == "follows"
        else f"its own verdicts lie {_figure(each.from_own)} from them"
        if each.from_own is not None
        else "it had judged nobody itself"
    )
    return (
        f"{each.validator} sets the weights of {each.source}, {short(each.lag_s or 0.0)} later: {each.unexplained} of"
        f" {each.rows} rows, {_figure(each.from_source, 4)} apart; {own}"
    )


def _reveal_text(found: Agreement) -> str:
    reveal = found.reveal
    if reveal.enabled is None:
        return "not known, the chain did not answer"
    expected = expected_blocks(reveal)
    if not reveal.enabled or expected is None:
        return "off: weights count when they are set"
    return (
        f"on: weights show {expected[0]} to {expected[1]} blocks after they were committed to"
        f" (period {reveal.period}, tempo {reveal.tempo})"
    )


def _both(pair: tuple[str, str]) -> str:
    return f"{pair[0]} and {pair[1]}"


def _figure(figure: float | None, places: int = 3) -> str:
    return "-" if figure is None else f"{figure:.{places}f}"
