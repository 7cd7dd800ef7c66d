"""The phases of `up`, in their order; each is a module that observes the world and says what must change."""

from __future__ import annotations

from netctl.phases import files, funding, registration, sessions, stake, subnet, supervision, wallets
from netctl.step import Phase

PHASES: tuple[Phase, ...] = (wallets, funding, subnet, registration, stake, files, sessions, supervision)
