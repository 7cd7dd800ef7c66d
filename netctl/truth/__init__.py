"""Truth: what a neuron's process really runs with, held against what was rendered for it."""
