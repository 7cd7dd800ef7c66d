"""The least that a neuron can be: it holds its port and its hotkey's name, and lives. SIGUSR1 makes it fail."""

from __future__ import annotations

import argparse
import signal
import socket
import sys


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--axon.port", dest="port", type=int, required=True)
    words.add_argument("--wallet.hotkey", dest="hotkey", required=True)
    options = words.parse_args()
    signal.signal(signal.SIGUSR1, lambda *_: sys.exit(3))
    with socket.create_server(("127.0.0.1", options.port)) as axon:
        print(f"{options.hotkey} serves at {options.port}", flush=True)  # noqa: T201
        while True:
            axon.accept()[0].close()


if __name__ == "__main__":
    main()
