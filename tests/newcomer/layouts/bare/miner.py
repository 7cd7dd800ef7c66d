"""A miner in one script: its own options, no bittensor. It says what block it is, and answers on its port."""

import argparse
import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from websockets.sync.client import connect

logger = logging.getLogger("miner")
STATE = "seen.json"


class Answer(BaseHTTPRequestHandler):
    """Says that it is there."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here\n")

    def log_message(self, *_: object) -> None:
        """Nothing: who asks is nobody's business."""


def block_at(chain: str) -> int:
    """The number of the chain's last block."""
    with connect(chain) as socket:
        socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "chain_getHeader", "params": []}))
        return int(json.loads(socket.recv())["result"]["number"], 16)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--coldkey", required=True, help="name of the wallet")
    parser.add_argument("--hotkey", default="default", help="name of the hotkey")
    parser.add_argument("--wallets", default="~/.bittensor/wallets", help="where wallets lie")
    parser.add_argument("--chain", default="wss://entrypoint-finney.opentensor.ai:443", help="address of a node")
    parser.add_argument("--netuid", type=int, default=77)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two looks")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s | %(levelname)s | %(message)s")
    keyfile = Path(args.wallets).expanduser() / args.coldkey / "hotkeys" / args.hotkey
    address = json.loads(keyfile.read_text())["ss58Address"]
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    logger.info("Mining on subnet %d as %s, answers on port %d", args.netuid, address, args.port)
    while True:
        block = block_at(args.chain)
        with open(STATE, "w") as file:  # noqa: PTH123
            json.dump({"block": block}, file)
        logger.info(f"Looked at block {block}")
        time.sleep(args.pause)


if __name__ == "__main__":
    main()
