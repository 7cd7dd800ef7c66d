"""What must be paid on another machine, and the commands that pay it there: by netctl, or by either btcli. Pure.

Options are those of bittensor-cli 9.23 and of the btcli that bittensor 11 brings; tests hold them to their parsers.
"""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from netctl.fleet import Fleet
from netctl.money import Rao, tao_about, tao_short, tao_text

Kind = Literal["transfer", "register", "stake"]

PROGRAMS = {"netctl": "netctl", "btcli_11": "btcli of bittensor 11", "btcli_9": "bittensor-cli 9"}
"""By the name that JSON has for them. bittensor-cli 9 wants the hotkey's file where it registers it."""


@dataclass(frozen=True, slots=True)
class Bill:
    """One payment that a coldkey of `wallet` must sign, or for a transfer receives.

    `amount_rao` is exact for a transfer and a stake, and about right for a registration, whose price moves; that one
    may cost `max_rao` at most where the profile caps it. `hotkey` and its address are None for a transfer.
    """

    kind: Kind
    neurons: tuple[str, ...]
    wallet: str
    coldkey_ss58: str
    amount_rao: Rao
    netuid: int
    hotkey: str | None = None
    hotkey_ss58: str | None = None
    max_rao: Rao | None = None

    def summary(self) -> str:
        """One line: what, for whom, how much."""
        names, amount = ", ".join(self.neurons), tao_short(self.amount_rao)
        if self.kind == "transfer":
            return f"{names}: send {amount} TAO to the coldkey of {self.wallet}"
        if self.kind == "stake":
            return f"{names}: stake {amount} TAO on {self.wallet}/{self.hotkey} in subnet {self.netuid}"
        cap = f", at most {tao_short(self.max_rao)}" if self.max_rao is not None else ""
        about = f"about {tao_about(self.amount_rao)} TAO{cap}"
        return f"{names}: register {self.wallet}/{self.hotkey} in subnet {self.netuid} for {about}"


def commands(bill: Bill, fleet: Fleet, *, network: str | None = None) -> dict[str, str]:
    """A line for a shell by each of PROGRAMS; `network` is what ``--network`` overrides the profile's with."""
    ways = {
        "netctl": _netctl(bill, fleet, network),
        "btcli_11": _btcli_11(bill, fleet),
        "btcli_9": _btcli_9(bill, fleet),
    }
    return {program: shlex.join(words) for program, words in ways.items()}


def document(bill: Bill, fleet: Fleet, *, network: str | None = None) -> dict[str, Any]:
    """The bill as JSON."""
    return {
        "kind": bill.kind,
        "neurons": list(bill.neurons),
        "wallet": bill.wallet,
        "hotkey": bill.hotkey,
        "coldkey_ss58": bill.coldkey_ss58,
        "hotkey_ss58": bill.hotkey_ss58,
        "netuid": None if bill.kind == "transfer" else bill.netuid,
        "amount_tao": tao_text(bill.amount_rao),
        "max_tao": None if bill.max_rao is None else tao_text(bill.max_rao),
        "commands": commands(bill, fleet, network=network),
    }


def script(bills: Sequence[Bill], fleet: Fleet, *, network: str | None = None) -> list[str]:
    """All of it as lines to paste, once for each program; what is not a command is a shell's comment."""
    if not bills:
        return []
    lines = ["# to be paid where the coldkeys are, in this order, with one of these programs:"]
    for program, name in PROGRAMS.items():
        lines += ["", f"# {name}"]
        told: set[str] = set()
        for bill in bills:
            command = commands(bill, fleet, network=network)[program]
            lines += [f"# {bill.summary()}"] if command not in told or program != "netctl" else []
            lines += [command] if command not in told else []
            told.add(command)
    return lines


def _netctl(bill: Bill, fleet: Fleet, network: str | None) -> list[str]:
    profile = ["-p", _near(fleet.profile_path), *(["--network", network] if network is not None else [])]
    if bill.kind == "transfer":
        paying = ["--from", fleet.funding.from_wallet] if fleet.funding.from_wallet is not None else []
        return ["netctl", "fund", *paying, *profile]
    return ["netctl", bill.kind, *bill.neurons, *profile]


def _near(path: Path) -> str:
    """The profile's path as somebody here would type it."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown


def _btcli_11(bill: Bill, fleet: Fleet) -> list[str]:
    where = ["--network", _network(fleet)]
    if bill.kind == "transfer":
        paying = ["--wallet", fleet.funding.from_wallet] if fleet.funding.from_wallet is not None else []
        target = ["--dest", bill.coldkey_ss58, "--amount-tao", tao_short(bill.amount_rao)]
        return ["btcli", "wallet", "transfer", *target, *paying, *where]
    signed = ["--wallet", bill.wallet, *where]
    on = ["--netuid", str(bill.netuid), "--hotkey", bill.hotkey_ss58 or ""]
    if bill.kind == "stake":
        return ["btcli", "stake", "add", *on, "--amount-tao", tao_short(bill.amount_rao), *signed]
    if bill.max_rao is None:
        return ["btcli", "subnets", "register", *on, *signed]
    # Its `subnets register` knows no cap; with this call the chain refuses what is dearer.
    arguments = {"netuid": bill.netuid, "hotkey": bill.hotkey_ss58, "limit_price": bill.max_rao}
    return ["btcli", "call", "SubtensorModule.register_limit", "--args", json.dumps(arguments), *signed]


def _btcli_9(bill: Bill, fleet: Fleet) -> list[str]:
    where = ["--network", _network(fleet)]
    if bill.kind == "transfer":
        paying = ["--wallet-name", fleet.funding.from_wallet] if fleet.funding.from_wallet is not None else []
        target = ["--dest", bill.coldkey_ss58, "--amount", tao_short(bill.amount_rao)]
        return ["btcli", "wallet", "transfer", *target, *paying, *where]
    signed = ["--wallet-name", bill.wallet, *where]
    if bill.kind == "stake":
        on = ["--netuid", str(bill.netuid), "--include-hotkeys", bill.hotkey_ss58 or ""]
        amount = ["--amount", tao_short(bill.amount_rao), "--safe-staking", "--no-allow-partial-stake"]
        return ["btcli", "stake", "add", *on, *amount, *signed]
    bounded = ["--safe-register", "--tolerance", _tolerance(bill)] if bill.max_rao is not None else []
    return [
        "btcli",
        "subnets",
        "register",
        "--netuid",
        str(bill.netuid),
        *signed,
        "--hotkey",
        bill.hotkey or "",
        *bounded,
    ]


def _tolerance(bill: Bill) -> str:
    """How much dearer than now it may be, as a share rounded down; 1 is the most that it takes."""
    share = (bill.max_rao or 0) / bill.amount_rao - 1 if bill.amount_rao else 0.0
    return f"{min(1.0, max(0.0, math.floor(share * 10_000) / 10_000)):g}"


def _network(fleet: Fleet) -> str:
    return fleet.network.kind if fleet.network.kind in ("finney", "test") else fleet.network.endpoint
