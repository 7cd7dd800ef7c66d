"""What `netctl compare` prints: the two runs, what differs in what ran, and the figures beside each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from netctl.cli.coverage_report import volume_text
from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, say, show, show_hanging, show_json, show_table
from netctl.cli.run_report import SHORT, blocks_text, ended_text, time_text
from netctl.cli.status_report import duration_text
from netctl.compare.comparison import Comparison, Pair
from netctl.compare.figure import Figure
from netctl.errors import UsageError
from netctl.runs.document import neurons_text
from netctl.runs.finding import Kept

MOST_TEXT = 44
DIGEST = 40
"""So long and without a space, a text is a digest, of which the first digits do."""


def show_comparison(found: Comparison, *, only: Collection[str], every: bool, as_json: bool) -> None:
    """Both runs side by side; UsageError for a neuron that neither has."""
    for name in only:
        if found.a.run.member(name) is None and found.b.run.member(name) is None:
            raise UsageError(f"neither run had a neuron {name}", hint="netctl run show names them")
    if as_json:
        document = found.document()
        if only:
            document["came_out"] = [each for each in document["came_out"] if each["neuron"] in only]
        show_json(document)
        return
    for letter, kept in (("A", found.a), ("B", found.b)):
        show_hanging(f"{letter}  ", _run_text(kept))
    show()
    _show_ran(found)
    show()
    for run, why in found.unknown:
        say(f"what came out of {run} is not known: {why}")
    _show_pairs([pair for pair in found.pairs if not only or pair.neuron in only], every=every)


def _run_text(kept: Kept) -> str:
    run = kept.run
    length = f"{duration_text(kept.seconds)}, blocks {blocks_text(kept)}, {neurons_text(run)}"
    until = "on, still running," if kept.running else f"to {ended_text(kept)} UTC,"
    return f"{run.id} of {run.fleet}: {time_text(run.began)}{' UTC' if kept.running else ''} {until} {length}"


def _show_ran(found: Comparison) -> None:
    ran = found.ran
    if ran.differs:
        rows = [[Cell(each.what, "bold"), Cell(_short(each.a)), Cell(_short(each.b))] for each in ran.differs]
        show_table(("what ran", "A", "B"), rows, cut="B")
    else:
        show("what ran is the same")
    for line in ran.profile:
        show(f"  {line}")
    if ran.differs and ran.same:
        show_hanging("the same: ", ", ".join(ran.same))


def _short(text: str) -> str:
    """A text that fits into a column: of digests and addresses the first digits."""
    words = [f"{word[:SHORT]}{'+' if '+' in word else ''}" if len(word) >= DIGEST else word for word in text.split(" ")]
    joined = " ".join(words) or "-"
    return joined if len(joined) <= MOST_TEXT else f"{joined[: MOST_TEXT - 1]}…"


def _show_pairs(pairs: Sequence[Pair], *, every: bool) -> None:
    shown = [pair for pair in pairs if every or pair.differs]
    if not shown:
        show("nothing is known of what came out" if not pairs else "what came out is the same, to the last figure")
        return
    headers = ("neuron", "figure", "A", "B", "B less A")
    show_table(*fitted(headers, list(_rows(shown)), shorten={"figure": 22, "neuron": 12}))
    left = len(pairs) - len(shown)
    if left:
        show(f"{left} figure{' is' if left == 1 else 's are'} the same in both; --all shows them")


def _rows(pairs: Iterable[Pair]) -> Iterator[list[Cell]]:
    """By neuron, in the order in which they come; a name stands on its first line only."""
    by_neuron: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_neuron.setdefault(pair.neuron, []).append(pair)
    for neuron, of_neuron in by_neuron.items():
        for number, pair in enumerate(of_neuron):
            texts = (pair.name, _value_text(pair.a), _value_text(pair.b), difference_text(pair))
            yield [Cell((neuron or "the run") if number == 0 else "", "bold"), *map(Cell, texts)]


def _value_text(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "-"
    if isinstance(figure.value, bool):
        return "yes" if figure.value else "no"
    if isinstance(figure.value, str):
        return figure.value
    text = _amount(figure.value, figure.unit)
    return text if figure.per_hour is None else f"{text} ({rate_text(figure.per_hour)})"


def difference_text(pair: Pair) -> str:
    """``+0.0080 (+3.3 %)``; of counts what comes in an hour; "" where nothing can be subtracted."""
    if pair.difference is None or not pair.differs:
        return ""
    per_hour = pair.a is not None and pair.a.per_hour is not None
    size = abs(pair.difference)
    amount = rate_text(size) if per_hour else _amount(size, pair.unit)
    sign = "-" if pair.difference < 0 else "+"
    return f"{sign}{amount}{_share_text(pair)}"


def _share_text(pair: Pair) -> str:
    """Nothing for ranks, nor where it would be more than tenfold."""
    if pair.ratio is None or abs(pair.ratio) >= 10 or pair.name.startswith("rank "):
        return ""
    share = 100 * pair.ratio
    return f" ({share:+.0f} %)" if abs(share) >= 10 else f" ({share:+.1f} %)"


def rate_text(per_hour: float) -> str:
    """Two digits after the point at the most, and none where there are three before it."""
    return f"{per_hour:.0f}/h" if per_hour >= 100 else f"{per_hour:.3g}/h"


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        return volume_text(round(value))
    if unit == "seconds":
        return duration_text(value)
    if unit == "cores":
        return f"{100 * value:.1f} %"
    return str(value) if isinstance(value, int) else number_text(value)


def number_text(value: float) -> str:
    """Four digits or so: enough to see a difference by."""
    size = abs(value)
    if value == int(value) and size < 1e6:
        return str(int(value))
    if size < 0.001:
        return f"{value:.1e}"
    return f"{value:.4f}" if size < 1 else f"{value:.2f}" if size < 1000 else f"{value:.0f}"
