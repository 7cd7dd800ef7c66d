"""What validators ask miners."""

import bittensor as bt


class Dummy(bt.Synapse):
    """A number, and twice as much."""

    dummy_input: int = 0
    dummy_output: int | None = None
