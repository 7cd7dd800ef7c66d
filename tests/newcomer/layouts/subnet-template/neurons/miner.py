"""A miner that doubles numbers."""

from template.base.miner import BaseMinerNeuron
from template.protocol import Dummy


class Miner(BaseMinerNeuron):
    """The subnet's own part."""

    def forward(self, synapse: Dummy) -> Dummy:
        synapse.dummy_output = synapse.dummy_input * 2
        return synapse


if __name__ == "__main__":
    Miner().run()
