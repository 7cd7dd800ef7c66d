"""The command line of both programs, spelled as neurons everywhere spell it; unknown arguments are ignored."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl.rehearsal.pace import Surroundings

DEFAULT_WALLET_PATH = Path("~/.bittensor/wallets")


@dataclass(frozen=True)
class Arguments:
    """What was asked for. `seed` is None where the hotkey shall seed the neuron's own choices."""

    netuid: int
    network: str
    wallet_name: str
    wallet_hotkey: str
    wallet_path: Path
    axon_port: int
    axon_external_ip: str
    axon_external_port: int
    debug: bool
    trace: bool
    vpermit_limit: float
    database: Path
    scraping_config: Path | None
    seed: int | None
    max_targets: int

    def own_seed(self, hotkey: str, surroundings: Surroundings) -> str:
        """What decides this neuron's own choices: its seed, or the rehearsal's with its name, or else its hotkey."""
        if self.seed is not None:
            return str(self.seed)
        return f"{surroundings.world_seed} {surroundings.name}" if surroundings.name else hotkey

    @property
    def bind_host(self) -> str:
        """Loopback stays loopback; any other published address needs all interfaces."""
        return "127.0.0.1" if self.axon_external_ip.startswith("127.") else "0.0.0.0"  # noqa: S104


def parse_arguments(argv: Sequence[str] | None, program: str) -> Arguments:
    """Parse the command line of `program`; exits with status 2 on a value of the wrong type."""
    parser = ArgumentParser(prog=program, allow_abbrev=False)
    parser.add_argument("--netuid", type=int, default=13)
    parser.add_argument("--subtensor.network", dest="network", default="finney")
    parser.add_argument("--wallet.name", dest="wallet_name", default="default")
    parser.add_argument("--wallet.hotkey", dest="wallet_hotkey", default="default")
    parser.add_argument("--wallet.path", dest="wallet_path", type=Path, default=DEFAULT_WALLET_PATH)
    parser.add_argument("--axon.port", dest="axon_port", type=int, default=8091)
    parser.add_argument("--axon.external_ip", dest="axon_external_ip", default="127.0.0.1")
    parser.add_argument("--axon.external_port", dest="axon_external_port", type=int)
    parser.add_argument("--logging.debug", dest="debug", action="store_true")
    parser.add_argument("--logging.trace", dest="trace", action="store_true")
    parser.add_argument("--vpermit_rao_limit", dest="vpermit_limit", type=float, default=0.0)
    parser.add_argument("--neuron.database_name", dest="database", type=Path, default=Path("SqliteMinerStorage.sqlite"))
    parser.add_argument("--neuron.scraping_config_file", dest="scraping_config", type=Path)
    parser.add_argument("--neuron.seed", dest="seed", type=int)
    parser.add_argument("--max_targets", type=int, default=256)
    found, _ = parser.parse_known_args(argv)
    if found.axon_external_port is None:
        found.axon_external_port = found.axon_port
    found.wallet_path = found.wallet_path.expanduser()
    return Arguments(**vars(found))
