"""What the runner needs of this machine: the same netctl as a program, its fleets, prices and clocks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from netctl.adapters.clock import SystemClock
from netctl.cli.redaction import redact
from netctl.cli.runbook_words import PROFILE, options_of, words_of
from netctl.cli.selection import fleet_meant
from netctl.cli.words import Words
from netctl.errors import NetctlError, PolicyError
from netctl.fleet import Fleet
from netctl.money import Rao, rao_from_tao
from netctl.paying.policy import JOURNAL
from netctl.profile.model import REHEARSAL_TIME_SCALE
from netctl.runbook.processes import Ended, run_process
from netctl.runbook.setting import Account, Setting, Tools

PATIENCE_S = 600.0


def tools_for(setting: Setting, environ: Mapping[str, str], *, own_terminal: bool) -> Tools:
    """The tools of a run with this environment; `own_terminal`: commands may get one, to ask on."""
    cwd = Path.cwd()
    place = str(Path(sys.executable).parent)
    environ = {**environ, "PATH": f"{place}{os.pathsep}{environ.get('PATH', os.defpath)}"}
    fleets = _Fleets(setting)

    def run(
        argv: Sequence[str],
        *,
        environ: Mapping[str, str],
        attended: bool,
        output: Callable[[bytes], None],
        began: Callable[[int, float], None],
        idle: Callable[[], None],
    ) -> Ended:
        own = attended and own_terminal
        return run_process(argv, environ=environ, cwd=cwd, attended=own, output=output, began=began, idle=idle)

    return Tools(
        clock=SystemClock(),
        program=(sys.executable, "-m", "netctl"),
        environ=environ,
        run=run,
        mask=lambda text: redact(text, environ),
        options_of=options_of,
        account_of=fleets.account_of,
        cost_of=_cost_of,
        scale_of=fleets.scale_of,
    )


@dataclass(slots=True)
class _Fleets:
    """The fleets that lines mean, each loaded once for as long as its profile stays as it is."""

    setting: Setting
    _known: dict[tuple[Words, int], Fleet | None] = field(default_factory=dict)

    def account_of(self, words: Sequence[str], variables: Mapping[str, str]) -> Account | None:
        fleet = self.fleet_of(words_of(words, variables, self.setting))
        return None if fleet is None else Account(fleet.name, fleet.state / JOURNAL, fleet.network.has_dev_accounts)

    def scale_of(self, variables: Mapping[str, str]) -> float:
        if not self.setting.rehearse:
            return 1.0
        fleet = self.fleet_of(words_of((), variables, self.setting)) if variables.get(PROFILE) else None
        return REHEARSAL_TIME_SCALE if fleet is None else fleet.time_scale

    def fleet_of(self, words: Words) -> Fleet | None:
        """The fleet, None where it cannot be told yet: the profile may be what a step writes."""
        if words.profile is None:
            return _meant(words)
        if not words.profile.is_file():
            return None
        key = (words, words.profile.stat().st_mtime_ns)
        if key not in self._known:
            self._known[key] = _meant(words)
        return self._known[key]


def fleet_name(setting: Setting, variables: Mapping[str, str]) -> str | None:
    """The name of the fleet that the run's profile means; None where it cannot be told."""
    if not variables.get(PROFILE):
        return None
    fleet = _Fleets(setting).fleet_of(words_of((), variables, setting))
    return None if fleet is None else fleet.name


def _meant(words: Words) -> Fleet | None:
    try:
        return fleet_meant(words)
    except NetctlError:
        return None


def _cost_of(words: Sequence[str], variables: Mapping[str, str]) -> Rao:
    """What the line says that it would spend, asked with --dry-run; PolicyError where it does not say."""
    line = " ".join(("netctl", *words))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "netctl", *words, "--dry-run", "--json"],
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return rao_from_tao(json.loads(done.stdout)["cost_tao"])
    except subprocess.TimeoutExpired:
        why = f"no answer after {PATIENCE_S:g}s"
    except (ValueError, KeyError, TypeError):
        said = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
        why = redact((said or [f"it ended with {done.returncode}"])[-1].removeprefix("error: "), variables)
    raise PolicyError(f"`{line}`: what it would cost cannot be told: {why}", hint="nothing was signed; netctl doctor")
