"""A neuron whose work is a thread: told to, the thread dies, and its axon with it, and the process lives on."""

import os
import socket
import sys
import threading
import time

PORT, HOW = int(sys.argv[1]), sys.argv[2]
ORDER = "die"


def work() -> None:
    with socket.create_server(("127.0.0.1", PORT)):
        step = 0
        while True:
            print(f"Validator running on step({step}) block({step}).", flush=True)  # noqa: T201 - its log
            step += 1
            time.sleep(0.05)
            if os.path.exists(ORDER):  # noqa: PTH110
                if HOW == "raise":
                    raise ValueError("RAPIDAPI_KEY environment variable is required")
                if HOW == "exit":
                    sys.exit(1)  # ends this thread without a word
                threading.Event().wait()  # hangs, with its port open


threading.Thread(target=work, name="Thread-7 (run)", daemon=True).start()
while True:
    time.sleep(60)
