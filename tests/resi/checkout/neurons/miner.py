"""A miner: serves its index and its buckets, scrapes and uploads. What runs it may die and leave the process."""

import datetime as dt
import json
import sys
import threading
import time
import traceback
from collections import Counter
from typing import Self, Tuple  # noqa: UP035

import bittensor as bt
from common import constants
from common.permits import is_registered, is_validator
from common.protocol import GetDataEntityBucket, GetMinerIndex
from dynamic_desirability.retrieval import run_retrieval
from neurons.config import TESTNET_NETUID, NeuronType, check_config, create_config
from scraping.coordinator import ScraperCoordinator
from storage.miner.sqlite_miner_storage import SqliteMinerStorage
from upload_utils.s3_uploader import S3PartitionedUploader

bt.logging.set_info(True)
bt.logging.set_debug(True)


class Miner:
    def __init__(self) -> None:
        self.config = create_config(NeuronType.MINER)
        check_config(self.config)
        if self.config.netuid == TESTNET_NETUID and self.config.s3_auth_url == "https://sn46-s3-auth.resilabs.ai":
            self.config.s3_auth_url = "https://s3-auth-api-testnet.resilabs.ai"
        bt.logging(config=self.config, logging_dir=self.config.full_path)
        bt.logging.info(self.config)
        self.wallet = bt.Wallet(config=self.config)
        bt.logging.info(f"Wallet: {self.wallet}.")
        self.subtensor = bt.Subtensor(config=self.config)
        bt.logging.info(f"Subtensor: {self.subtensor}.")
        self.metagraph = self.subtensor.metagraph(self.config.netuid)
        hotkey = self.wallet.hotkey.ss58_address
        if hotkey in self.metagraph.hotkeys:
            uid, place = self.metagraph.hotkeys.index(hotkey), self.subtensor.chain_endpoint
            bt.logging.info(f"Running neuron on subnet: {self.config.netuid} with uid {uid} using network: {place}.")
        else:
            bt.logging.warning(f"Hotkey {hotkey} not found in metagraph. Assuming this is a test.")
        self.axon = bt.Axon(wallet=self.wallet, port=self.config.axon.port)
        self.axon.attach(forward_fn=self.get_index, blacklist_fn=self.get_index_blacklist)
        self.axon.attach(forward_fn=self.get_data_entity_bucket, blacklist_fn=self.get_bucket_blacklist)
        bt.logging.success(f"Axon created: {self.axon}.")
        self.storage = SqliteMinerStorage(self.config.neuron.database_name)
        bt.logging.success(f"Successfully connected to miner storage: {self.config.neuron.database_name}.")
        self.uploader = S3PartitionedUploader(
            self.storage, hotkey, self.config.s3_auth_url, self.config.miner_upload_state_file
        )
        self.coordinator = ScraperCoordinator(self.config.neuron.scraping_config_file, self.storage)
        self.lock = threading.Lock()
        self.cleared, self.requests = time.monotonic(), Counter()
        self.threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self.run, self.refresh_index, self.uploader.run, self.get_updated_lookup)
        ]

    def run(self) -> None:
        if not is_registered(self.wallet, self.metagraph, self.config.netuid):
            sys.exit(1)  # ends this thread, and nothing else
        where = self.config.subtensor.chain_endpoint
        bt.logging.info(f"Serving miner axon {self.axon} on network: {where} with netuid: {self.config.netuid}.")
        self.axon.serve(netuid=self.config.netuid, subtensor=self.subtensor)
        self.axon.start()
        bt.logging.success(f"Miner starting at {dt.datetime.now().astimezone().replace(tzinfo=None)}.")
        self.coordinator.run_in_background_thread()
        step = 0
        while True:
            time.sleep(constants.BLOCK_S * self.config.neuron.epoch_length)
            self.metagraph.sync(subtensor=self.subtensor)
            bt.logging.info("Successfuly resynced the metagraph.")
            bt.logging.info(f"Step:{step} | Block:{self.metagraph.block.item()}")
            step += 1

    def refresh_index(self) -> None:
        while True:
            self.storage.refresh_index()
            time.sleep(constants.MINER_CACHE_FRESHNESS_S)

    def get_updated_lookup(self) -> None:
        if not self.config.gravity:
            bt.logging.info("Gravity lookup retrieval is not enabled.")
            return
        try:
            run_retrieval(self.config)
        except Exception:  # noqa: BLE001  logged, as there
            bt.logging.error(f"Error in get_updated_lookup: {traceback.format_exc()}")

    def get_index(self, synapse: GetMinerIndex) -> GetMinerIndex:
        bt.logging.info(f"Got to a GetMinerIndex request from {synapse.dendrite.hotkey}.")
        synapse.compressed_index_serialized = text = json.dumps(self.storage.index)
        told = f"{len(text)} bytes across {len(self.storage.index)} buckets"
        bt.logging.success(f"Returning compressed miner index of {told} to {synapse.dendrite.hotkey}.")
        return synapse

    def get_data_entity_bucket(self, synapse: GetDataEntityBucket) -> GetDataEntityBucket:
        bt.logging.info(f"Got to a GetDataEntityBucket request from {synapse.dendrite.hotkey} for {synapse.label}.")
        synapse.data_entities = self.storage.bucket(str(synapse.label))
        bt.logging.success(f"Returning Bucket ID: {synapse.label} with {len(synapse.data_entities)} entities.")
        return synapse

    def get_index_blacklist(self, synapse: GetMinerIndex) -> Tuple[bool, str]:  # noqa: UP006  what the axon compares with
        return self.blacklist(synapse)

    def get_bucket_blacklist(self, synapse: GetDataEntityBucket) -> Tuple[bool, str]:  # noqa: UP006  what the axon compares with
        return self.blacklist(synapse)

    def blacklist(self, synapse: bt.Synapse) -> tuple[bool, str]:
        """Refuse who is no validator in the metagraph as it was last seen, and who asks too often."""
        hotkey = synapse.dendrite.hotkey
        if hotkey not in self.metagraph.hotkeys:
            return True, f"Hotkey {hotkey} is not registered"
        if not is_validator(self.metagraph.hotkeys.index(hotkey), self.metagraph, self.config.vpermit_rao_limit):
            return True, f"Hotkey {hotkey} is not a validator"
        with self.lock:
            if time.monotonic() - self.cleared >= constants.MIN_EVALUATION_PERIOD_S:
                self.cleared = time.monotonic()
                self.requests.clear()
            self.requests[hotkey, synapse.name] += 1
            if self.requests[hotkey, synapse.name] > constants.REQUEST_LIMITS[synapse.name]:
                return True, f"Hotkey {hotkey} over {synapse.name} request limit"
        return False, f"Hotkey {hotkey} is a validator"

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self.threads:
            thread.join(5)


if __name__ == "__main__":
    with Miner():
        while True:
            time.sleep(60)
