"""The least that a neuron can be: it holds its port, and says every second that it lives. SIGUSR1 makes it fail."""

from __future__ import annotations

import argparse
import os
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
        axon.settimeout(1.0)
        tell(f"serves {options.hotkey} at {options.port}")
        while True:
            try:
                axon.accept()[0].close()
            except TimeoutError:
                tell("lives")


def tell(what: str) -> None:
    """Each line names its process, so that every run can be told from the others."""
    sys.stdout.write(f"pid {os.getpid()} {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
