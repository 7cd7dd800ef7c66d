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
    """All weights, heaviest first, as plain text."""
    lines = [f"{'All Weights':^52}", f"{'uid':>6} {'weight':>12} {'score':>18} {'credibility':>13}"]
    for uid, weight in sorted(weights.items(), key=lambda item: -item[1]):
        known = miners[metagraph.neurons[uid].hotkey]
        lines.append(f"{uid:>6} {weight:>12.6f} {known.score:>18.4f} {known.credibility:>13.6f}")
    return "\n".join(lines) + "\n"
