"""`netctl fleet enable` and `disable`: the unit that brings a fleet up when the machine does."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from stat import S_IMODE
from typing import Any

from netctl.adapters.user_systemd import UserSystemd
from netctl.boot.env_file import faults_of
from netctl.boot.unit import MARK, Boot, cron_line, unit_name, unit_text
from netctl.cli.output import say, show, show_json
from netctl.cli.selection import Words, fleet_meant, state_home
from netctl.cli.world import machine
from netctl.errors import UsageError
from netctl.fleet import Fleet
from netctl.render.environment import operators_variables
from netctl.render.neuron import SYSTEM_PATH

PLACES = ("TMUX_TMPDIR", "TMPDIR", "BITTENSOR_RUNTIME_CACHE_DIR")


def enable(words: Words, env_file: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Have the fleet brought up at boot; a second time changes nothing. UsageError, PrerequisiteError, SessionError."""
    fleet = fleet_meant(words)
    boot = _boot(fleet, words, env_file)
    unit, text = unit_name(fleet.name), unit_text(boot)
    systemd = _systemd()
    if not dry_run:
        systemd.require(f"without it, add this line with crontab -e: {cron_line(boot)}")
    there = systemd.text_of(unit)
    _insist_on_ours(systemd, unit, there)
    is_done = there == text and not dry_run and systemd.is_enabled(unit)
    if not dry_run and not is_done:
        systemd.enable(unit, text)
    lingers = machine().logout().lingers
    if as_json:
        show_json(_document(fleet, systemd, unit, text=text, enabled=not dry_run, changed=not (dry_run or is_done)))
        return
    show(text.rstrip("\n"))
    done = "would be written" if dry_run else "is there already" if is_done else "written"
    say(f"{systemd.folder / unit}: {done}; it comes up with your systemd, and pays nothing")
    if not lingers:
        say("note: your systemd starts when you log in, and ends when you log out: loginctl enable-linger")
    if not dry_run and not systemd.is_active(unit):
        say(f"note: now, instead of at the next boot: systemctl --user start {unit}")


def disable(words: Words, *, dry_run: bool, as_json: bool) -> None:
    """Have the fleet brought up at boot no more; what runs goes on. Repeating it does no harm."""
    fleet = fleet_meant(words)
    unit, systemd = unit_name(fleet.name), _systemd()
    systemd.require("without it there is nothing to disable; crontab -e shows what starts at boot")
    there = systemd.text_of(unit)
    _insist_on_ours(systemd, unit, there)
    runs = there is not None and systemd.is_active(unit)
    was_enabled = there is not None and systemd.is_enabled(unit)
    if not dry_run and there is not None:
        systemd.disable(unit, keep=runs)
    changed = not dry_run and there is not None and (was_enabled or not runs)
    if as_json:
        show_json(_document(fleet, systemd, unit, text=there, enabled=was_enabled and dry_run, changed=changed))
    elif there is None:
        say(f"{fleet.name} was not enabled: there is no {systemd.folder / unit}")
    else:
        say(f"{unit} {'would be' if dry_run else 'is'} disabled; what runs goes on")
        if runs:
            say(f"note: its file stays while it runs, for `fleet down` at its end: systemctl --user stop {unit}")


def _boot(fleet: Fleet, words: Words, env_file: Path | None) -> Boot:
    options = ["--rehearse"] if fleet.rehearsal else ["--network", words.network] if words.network else []
    return Boot(
        fleet=fleet.name,
        python=Path(sys.executable),
        profile=fleet.profile_path,
        options=tuple(options),
        folder=Path.cwd(),
        environ=(
            ("NETCTL_HOME", str(state_home())),
            ("PATH", _path()),
            *((name, value) for name in PLACES if (value := os.environ.get(name))),
        ),
        env_file=_checked(fleet, env_file),
    )


def _path() -> str:
    """Where netctl finds the programs that it starts: those of this shell, whatever systemd's own path is."""
    found = [Path(where).parent for name in ("tmux", "git", "uv") if (where := shutil.which(name))]
    return ":".join(dict.fromkeys([str(Path(sys.executable).parent), *map(str, found), *SYSTEM_PATH.split(":")]))


def _checked(fleet: Fleet, env_file: Path | None) -> Path | None:
    """The env file, absolute; UsageError where one is needed, or not as systemd and others want it."""
    wanted = operators_variables(fleet)
    if env_file is None:
        if wanted:
            names = ", ".join(f"${name}" for name in wanted)
            raise UsageError(
                f"{fleet.name} takes {names} from your environment, of which nothing is left at boot",
                hint="write NAME=value lines into a file, chmod 600, and name it with --env-file",
            )
        return None
    path = env_file.expanduser().absolute()
    try:
        text, found = path.read_text(encoding="utf-8"), path.stat()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="name a file of NAME=value lines") from error
    if S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.getuid():
        raise UsageError(f"{path} can be read by others than you", hint=f"chmod 600 {path}")
    faults = faults_of(text, wanted)
    for fault in faults:
        say(f"{path}: {fault}")
    if faults:
        raise UsageError(f"{path}: {len(faults)} lines to mend", hint="write NAME=value, or NAME='a value'")
    return path


def _systemd() -> UserSystemd:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return UserSystemd(home / "systemd" / "user", dict(os.environ))


def _insist_on_ours(systemd: UserSystemd, unit: str, text: str | None) -> None:
    if text is not None and not text.startswith(MARK):
        raise UsageError(f"{systemd.folder / unit} is not of `netctl fleet enable`", hint="move it away, or rename it")


def _document(
    fleet: Fleet, systemd: UserSystemd, unit: str, *, text: str | None, enabled: bool, changed: bool
) -> dict[str, Any]:
    return {
        "fleet": fleet.name,
        "unit": unit,
        "path": str(systemd.folder / unit),
        "enabled": enabled,
        "changed": changed,
        "lingers": machine().logout().lingers,
        "text": text,
    }
