"""From scores to weights, and to the table that a validator prints of them."""

from __future__ import annotations

from collections.abc import Mapping

from netctl.rehearsal.chain import Metagraph
from netctl.rehearsal.memory import Remembered


def weights_from_scores(metagraph: Metagraph, miners: Mapping[str, Remembered]) -> dict[int, float]:
    """The share of each uid in all scores; empty when nobody has one."""
    scores = {
        neuron.uid: miners[neuron.hotkey].score
        for neuron in metagraph.neurons
        if neuron.hotkey in miners and miners[neuron.hotkey].score > 0
    }
    total = sum(scores.values())
    return {uid: value / total for uid, value in scores.items()}


def weights_table(weights: Mapping[int, float], metagraph: Metagraph, miners: Mapping[str, Remembered]) -> str:
    """All weights, heaviest first, as the real one's rich prints them into a file."""
    rows = [["uid", "weight", "score", "credibility"]]
    for uid, weight in sorted(weights.items(), key=lambda item: -item[1]):
        known = miners.get(metagraph.neurons[uid].hotkey, Remembered())
        rows.append([str(uid), f"{weight:.6f}", f"{known.score:.4f}", f"{known.credibility:.6f}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def drawn(row: list[str], bar: str) -> str:
        cells = [row[0].rjust(widths[0]), *(text.ljust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        return f"{bar} " + f" {bar} ".join(cells) + f" {bar}"

    def rule(left: str, line: str, cross: str, right: str) -> str:
        return left + cross.join(line * (width + 2) for width in widths) + right

    head, *others = rows
    title = "All Weights".center(sum(widths) + 3 * len(widths) + 1).rstrip()
    lines = [title, rule("┏", "━", "┳", "┓"), drawn(head, "┃"), rule("┡", "━", "╇", "┩")]
    return "\n".join([*lines, *(drawn(row, "│") for row in others), rule("└", "─", "┴", "┘")]) + "\n"
