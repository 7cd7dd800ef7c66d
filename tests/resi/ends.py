"""How a neuron of the checkout comes to each end that the pack knows: what is changed for it, and what is said then."""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netctl.fleet import Fleet, Network
from netctl.layout import files_of, work_of
from tests.resi.bench import Bench
from tests.resi.fleet import sdk_python

Change = Callable[[Bench, Fleet, ExitStack], Fleet]
"""Changes the fleet of one neuron, or what is rendered for it; what must stand meanwhile is entered into the stack."""
STRAY = "h9"
"""A hotkey that exists, and is not registered."""


@dataclass(frozen=True)
class End:
    """One way into one cause. `before` changes the fleet, `after` the files on disk; `lives`: the process goes on.

    `meanwhile` happens once the neuron has said `begun`. `beside` is a neuron that runs before this one is started;
    the same happens to it by `beside_meanwhile`, once it has said `beside_begun`.
    """

    neuron: str
    says: str
    before: Change | None = None
    after: Change | None = None
    lives: bool = False
    begun: str | None = None
    meanwhile: Change | None = None
    beside: Change | None = None
    beside_begun: str = "Miner starting at"
    beside_meanwhile: Change | None = None
    deadline_s: float = 240.0


def with_args(*args: tuple[str, str | None]) -> Change:
    return lambda _, fleet, __: replace(fleet, neurons=tuple(replace(n, args=args) for n in fleet.neurons))


def with_env(**env: str) -> Change:
    def change(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
        neurons = (replace(n, env=tuple({**dict(n.env), **env}.items())) for n in fleet.neurons)
        return replace(fleet, neurons=tuple(neurons))

    return change


def with_hotkey(name: str) -> Change:
    return lambda _, fleet, __: replace(fleet, neurons=tuple(replace(n, hotkey=name) for n in fleet.neurons))


def launcher(*edits: tuple[str, str]) -> Change:
    """Edit the script that starts it, as somebody might who thinks he knows better."""

    def change(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
        path = files_of(fleet, fleet.neurons[0].name) / "launch.sh"
        text = path.read_text()
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text)
        return fleet

    return change


def without(*names: str) -> Change:
    """The script without these variables."""

    def change(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
        path = files_of(fleet, fleet.neurons[0].name) / "launch.sh"
        lines = path.read_text().split("\n")
        path.write_text(
            "\n".join(line for line in lines if not line.startswith(tuple(f"export {name}=" for name in names)))
        )
        return fleet

    return change


def port_held(_: Bench, fleet: Fleet, stack: ExitStack) -> Fleet:
    """Somebody else listens on its port."""
    other = stack.enter_context(socket.socket())
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(("", fleet.neurons[0].axon_port))
    other.listen()
    return fleet


def keyfile(content: Callable[[bytes], bytes]) -> Change:
    """A hotkey of its own whose keyfile holds something else."""

    def change(_: Bench, fleet: Fleet, stack: ExitStack) -> Fleet:
        neuron = fleet.neurons[0]
        wallet = fleet.wallet_path / neuron.wallet / "hotkeys"
        (wallet / "broken").write_bytes(content((wallet / neuron.hotkey).read_bytes()))
        stack.callback((wallet / "broken").unlink)
        return replace(fleet, neurons=(replace(neuron, hotkey="broken"),))

    return change


def locked(key: bytes) -> bytes:
    """The keyfile with a password, as the SDK encrypts it."""
    code = (
        "import sys; from bittensor_wallet.keyfile import encrypt_keyfile_data as e;"
        "sys.stdout.buffer.write(bytes(e(sys.stdin.buffer.read(), 'a-password')))"
    )
    done = subprocess.run([str(sdk_python()), "-c", code], input=key, capture_output=True, check=True)
    return b"$NACL" + done.stdout.partition(b"$NACL")[2]  # before it, it says that it is encrypting


def nobody_there(_: Bench, fleet: Fleet, stack: ExitStack) -> Fleet:
    """A chain's address on which nobody listens."""
    closed = stack.enter_context(socket.socket())
    closed.bind(("127.0.0.1", 0))
    return replace(fleet, network=Network("local", f"ws://127.0.0.1:{closed.getsockname()[1]}"))


class _TooMany(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(429, "Too Many Requests")

    def log_message(self, *_: object) -> None:
        pass


def too_many(_: Bench, fleet: Fleet, stack: ExitStack) -> Fleet:
    """A node that refuses the handshake with 429, as the public ones do."""
    server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), _TooMany))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    return replace(fleet, network=Network("local", f"ws://127.0.0.1:{server.server_address[1]}"))


def both_codecs(bench: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    """Today's async-substrate-interface and cyscale before what bittensor 9.9.0 was made with."""
    place = bench.place / "today"
    if not place.exists():
        beside = Path(sys.executable).parent / "uv"
        words = ["pip", "install", "--quiet", "--python", str(sdk_python()), "--target", str(place)]
        uv = str(beside) if beside.exists() else "uv"
        subprocess.run([uv, *words, "async-substrate-interface==2.2.1", "scalecodec==1.2.11"], check=True)
    return with_env(PYTHONPATH=f"{place}:{bench.checkout}")(bench, fleet, __)


def config_gone(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    (files_of(fleet, fleet.neurons[0].name) / "bittensor.yaml").unlink()
    return fleet


def no_shim(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    shutil.rmtree(files_of(fleet, fleet.neurons[0].name) / "shim")
    return fleet


def no_seed(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    shutil.rmtree(work_of(fleet, fleet.neurons[0].name) / "dynamic_desirability")
    return fleet


def scraping_config(content: Mapping[str, Any]) -> Change:
    def change(bench: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
        path = bench.place / f"scraping{next(bench.numbers)}.json"
        path.write_text(json.dumps(content))
        return with_args(("neuron.scraping_config_file", str(path)))(bench, fleet, __)

    return change


def database_gone(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    """Somebody puts a directory in place of its database, which a thread of its own reads now and then."""
    database = work_of(fleet, fleet.neurons[0].name) / "SqliteMinerStorage.sqlite"
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    database.mkdir()
    return fleet


EMPTY = {"scraper_configs": [{"scraper_id": "RapidAPI.zillow", "cadence_seconds": 6000, "labels_to_scrape": []}]}


def miner(change: Change | None = None) -> Change:
    """miner_1 with a change, to run beside the validator."""

    def changed(bench: Bench, _: Fleet, stack: ExitStack) -> Fleet:
        fleet = bench.changed("miner_1")
        return fleet if change is None else change(bench, fleet, stack)

    return changed


def validator(bench: Bench, _: Fleet, __: ExitStack) -> Fleet:
    """The validator, to run beside a miner and ask it."""
    return bench.changed("validator_1")


ENDS: Mapping[tuple[str, str], End] = {
    ("not_registered", "miner"): End(
        "miner_1", f"/{STRAY} is not registered on subnet 430", before=with_hotkey(STRAY), lives=True
    ),
    ("not_registered", "validator"): End("validator_1", "is not registered on subnet 430", before=with_hotkey(STRAY)),
    ("port_taken", "miner"): End("miner_1", "and the SDK says nothing of it", after=port_held, lives=True),
    ("hotkey_missing", "miner"): End("miner_1", "there is no keyfile /", before=with_hotkey("nowhere")),
    # The SDK takes its time to find that no password is the wrong one.
    ("hotkey_locked", "miner"): End("miner_1", "has a password", before=keyfile(locked)),
    ("hotkey_unreadable", "miner"): End("miner_1", "cannot be read", before=keyfile(lambda _: b"no key")),
    ("rate_limited_by_chain", "miner"): End("miner_1", "too many requests from this address", before=too_many),
    ("external_ip_not_found", "validator"): End(
        "validator_1", "asks the internet for this machine's own address", after=no_shim, beside=miner(), lives=True
    ),
    ("chain_unreachable", "miner"): End("miner_1", "it did not reach the chain at ws://127", before=nobody_there),
    ("chain_unreachable", "validator"): End("validator_1", "it did not reach the chain at", before=nobody_there),
    ("config_file_missing", "validator"): End("validator_1", "the file of --config is not there", after=config_gone),
    ("sdk_conflict", "miner"): End("miner_1", "cyscale and scalecodec are both", before=both_codecs),
    ("checkout_not_on_path", "miner"): End(
        "miner_1", "its own package common is not found", before=with_env(PYTHONPATH="/nowhere")
    ),
    ("no_jobs", "miner"): End("miner_1", "so it has no jobs", after=no_seed, lives=True),
    ("rapidapi_key_missing", "miner"): End("miner_1", "has no RAPIDAPI_KEY", after=without("RAPIDAPI_KEY"), lives=True),
    ("rapidapi_refuses", "miner"): End(
        "miner_1", "RapidAPI refuses it with 403", before=with_env(RAPIDAPI_KEY="a-key-without-a-plan"), lives=True
    ),
    ("rapidapi_rate_limited", "miner"): End(
        "miner_1", "RapidAPI limits its requests", before=with_env(RAPIDAPI_KEY="a-key-of-too-many"), lives=True
    ),
    ("thread_died", "miner"): End(
        "miner_1",
        "died; the process lives on without it",
        begun="Miner starting at",
        meanwhile=database_gone,
        lives=True,
    ),
    ("bad_scraping_config", "miner"): End(
        "miner_1", "its scraping configuration is none", before=scraping_config({"target_zipcodes": ["77494"]})
    ),
    ("upload_refused", "miner"): End(
        "miner_1",
        "its uploads are refused: 401",
        after=launcher(("https://s3-auth-api-testnet.resilabs.ai", "https://refuses.invalid")),
        lives=True,
    ),
    ("restarts_itself", "validator"): End(
        "validator_1",
        "no evaluation for 35 minutes and ended, to be started again (an end that the programs make on purpose)",
        before=with_env(MINER_EVAL_PERIOD_MINUTES="600"),
    ),
    ("empty_index", "validator"): End(
        "validator_1",
        "a miner showed it an index without buckets",
        beside=miner(scraping_config(EMPTY)),
        lives=True,
    ),
    ("refuses_validator", "miner"): End(
        "miner_1",
        "which had no permit, or too little stake",
        before=with_args(("vpermit_rao_limit", "100000000")),
        beside=validator,
        beside_begun="Validator running on step",
        lives=True,
    ),
    ("asked_too_often", "miner"): End(
        "miner_1",
        "which asks too often",
        before=with_env(MINER_EVAL_PERIOD_MINUTES="600"),
        beside=validator,
        beside_begun="Validator running on step",
        lives=True,
    ),
    ("wandb_key_missing", "validator"): End(
        "validator_1", "Weights & Biases is on", after=launcher((" --wandb.off", ""))
    ),
    ("bad_results_path", "validator"): End(
        "validator_1", "where it takes no value", before=with_args(("s3_results_path", None)), lives=True
    ),
}
