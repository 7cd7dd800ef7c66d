"""A miner: keeps listings, and shows validators how many it has."""

import os
import sys
import time

import bittensor as bt
from common.constants import MIN_EVALUATION_PERIOD
from storage.miner.sqlite_storage import Storage
from upload.uploader import note

from neurons.config import NeuronType, create_config


class GetMinerIndex(bt.Synapse):
    """How much a miner has."""

    entities: int = 0


class Miner:
    """Scrapes, uploads, serves."""

    def __init__(self) -> None:
        self.config = create_config(NeuronType.MINER)
        bt.logging(config=self.config)
        bt.logging.set_info(True)
        self.region = os.environ["LISTINGS_REGION"]
        self.token = os.getenv("LISTINGS_API_TOKEN", "")
        self.pause_s = float(os.getenv("SCRAPE_SECONDS", "60"))
        self.wallet = bt.Wallet(config=self.config)
        self.subtensor = bt.Subtensor(config=self.config)
        self.metagraph = self.subtensor.metagraph(self.config.netuid)
        hotkey = self.wallet.hotkey.ss58_address
        if hotkey not in self.metagraph.hotkeys:
            bt.logging.error(f"Hotkey {hotkey} is not registered on netuid {self.config.netuid}.")
            sys.exit(1)
        self.uid = self.metagraph.hotkeys.index(hotkey)
        bt.logging.info(f"Running neuron on subnet: {self.config.netuid} with uid {self.uid}.")
        self.storage = Storage(self.config.neuron.database_name)
        self.axon = bt.Axon(wallet=self.wallet, port=self.config.axon.port)
        self.axon.attach(forward_fn=self.get_index)

    def get_index(self, synapse: GetMinerIndex) -> GetMinerIndex:
        uid = self.metagraph.hotkeys.index(synapse.dendrite.hotkey)
        if self.metagraph.validator_permit[uid] and self.metagraph.S[uid] >= self.config.vpermit_rao_limit:
            synapse.entities = self.storage.store(self.region)
        return synapse

    def run(self) -> None:
        self.axon.serve(netuid=self.config.netuid, subtensor=self.subtensor)
        self.axon.start()
        bt.logging.success(f"Miner starting at {time.time()}, evaluated every {MIN_EVALUATION_PERIOD}.")
        while True:
            entities = self.storage.store(self.region)
            note(self.config.miner_upload_state_file, entities)
            bt.logging.success(f"Successfully scraped {entities} entities")
            time.sleep(self.pause_s)


if __name__ == "__main__":
    Miner().run()
