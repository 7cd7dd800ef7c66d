"""A validator that gives every miner with an axon the same."""

from __future__ import annotations

import bittensor as bt
from template.base.validator import BaseValidatorNeuron


class Validator(BaseValidatorNeuron):
    """The subnet's own part."""

    def forward(self) -> list[float]:
        serving = [float(axon.is_serving) for axon in self.metagraph.axons]
        bt.logging.success(f"Scored {int(sum(serving))} miners at step {self.step}")
        return serving


if __name__ == "__main__":
    Validator().run()
