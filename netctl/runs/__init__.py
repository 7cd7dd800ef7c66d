"""Runs: what a fleet was from the start of its first neuron until it was taken down, kept to be compared.

A run is history. Which one a session belongs to says its label in tmux; `runs/<id>/run.json` is written from what is
seen and never decides anything.
"""
