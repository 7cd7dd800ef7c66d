"""Run in the neurons' own interpreter, whatever its age, as `python -I -c SOURCE [ENDPOINT NETUID]`.

Says on one line what its SDK is, and whether that can read the chain. Imports nothing of netctl.
"""

import contextlib
import json
import sys
from importlib import metadata
from typing import Any

MARK = "NETCTL_PROBE "
words, sys.argv = sys.argv[1:], sys.argv[:1]  # SDKs before 11 read the command line as their configuration
told: "dict[str, Any]" = {
    "python": ".".join(map(str, sys.version_info[:3])),
    "sdk": None,
    "unusable": None,
    "unread": None,
}


def one_line(error: BaseException) -> str:
    """The error as text without line breaks."""
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:300]


def read_chain(bittensor: Any, endpoint: str, netuid: int) -> None:
    """What every neuron begins with: connect, and read the metagraph (or the head, on a chain without the subnet)."""
    if hasattr(bittensor, "SyncClient"):
        with bittensor.SyncClient(endpoint, fallback_endpoints=[], archive_endpoints=[]) as client:
            _ = client.block if netuid < 0 else client.subnets.metagraph(netuid)
        return
    client = getattr(bittensor, "Subtensor", None) or bittensor.subtensor
    subtensor = client(network=endpoint)
    subtensor.get_current_block() if netuid < 0 else subtensor.metagraph(netuid)


with contextlib.suppress(metadata.PackageNotFoundError):
    told["sdk"] = metadata.version("bittensor")
if told["sdk"] is not None:
    try:
        import bittensor
    except BaseException as error:  # noqa: BLE001  an SDK may end the process while it is imported
        told["unusable"] = one_line(error)
    else:
        if words:
            try:
                read_chain(bittensor, words[0], int(words[1]))
            except BaseException as error:  # noqa: BLE001
                told["unread"] = one_line(error)
print(f"\n{MARK}{json.dumps(told)}", flush=True)  # noqa: T201  its answer
