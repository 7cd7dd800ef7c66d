"""The edges of netctl as Protocols, and the values that cross them.

Core modules know only these; `netctl.adapters` holds the real ones, tests hold faults. All amounts are rao.
"""

from netctl.ports.chain import (
    Account,
    BlockRef,
    Bounds,
    BurnRule,
    Call,
    Chain,
    Metagraph,
    MetagraphRow,
    Receipt,
    Signed,
    Staked,
    Subnet,
    Trace,
    Windows,
)
from netctl.ports.host import FAULT, STOPPED, FileFacts, Host, ProcessFacts, SessionFacts, SessionSpec, Witness
from netctl.ports.keys import KeyFacts, Keystore, Signer
from netctl.ports.world import Allowance, Clock, Journal, Talk, Turns, World

__all__ = [
    "FAULT",
    "STOPPED",
    "Account",
    "Allowance",
    "BlockRef",
    "Bounds",
    "BurnRule",
    "Call",
    "Chain",
    "Clock",
    "FileFacts",
    "Host",
    "Journal",
    "KeyFacts",
    "Keystore",
    "Metagraph",
    "MetagraphRow",
    "ProcessFacts",
    "Receipt",
    "SessionFacts",
    "SessionSpec",
    "Signed",
    "Signer",
    "Staked",
    "Subnet",
    "Talk",
    "Trace",
    "Turns",
    "Windows",
    "Witness",
    "World",
]
