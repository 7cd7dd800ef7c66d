"""Rendering: from a Fleet and a Pack to every byte that a neuron is started with. Nothing here changes the disk."""
