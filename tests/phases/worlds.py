"""What a run of the phases works on: an embedded chain through the real SDK, and real keyfiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netctl.adapters.chain import SdkChain
from netctl.adapters.clock import SystemClock
from netctl.adapters.keystore import SdkKeystore
from netctl.journal import FileJournal
from netctl.ports import World
from tests.chains import RunningChain
from tests.phases.twin import Listener, NoSessions


def world_on(node: RunningChain, home: Path) -> World:
    clock = SystemClock()
    host: Any = NoSessions()
    return World(
        chain=SdkChain(node.url, genesis=node.genesis, deadline_s=10),
        keys=SdkKeystore(home / "wallets"),
        host=host,
        clock=clock,
        journal=FileJournal(home / "journal.jsonl", clock=clock),
        talk=Listener(),
        environ={},
    )
