"""The unit: `fleet up` without paying at boot, `fleet down` at the end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl.boot.words import path_word, quoted

MARK = "# Written by `netctl fleet enable`"
RETRY_S = 30
# A profile, a machine, a wallet or a policy that is not in order stays so; a chain that does not answer may come.
FINAL = (2, 3, 4, 5, 7)


@dataclass(frozen=True, slots=True)
class Boot:
    """All that `fleet up` needs to mean the same fleet without its operator's shell.

    `environ` are variables of his that place netctl's own things, no secrets: PATH, NETCTL_HOME, TMUX_TMPDIR.
    """

    fleet: str
    python: Path
    profile: Path
    options: tuple[str, ...]
    folder: Path
    environ: tuple[tuple[str, str], ...]
    env_file: Path | None


def unit_name(fleet: str) -> str:
    """The name of the fleet's unit."""
    return f"netctl-{fleet}.service"


def command(boot: Boot, verb: str, *options: str) -> tuple[str, ...]:
    """A `netctl fleet` command line with nothing left to the directory or the shell it runs in.

    -P: a checkout of another netctl in that directory is not what runs.
    """
    return (str(boot.python), "-P", "-m", "netctl", "fleet", verb, str(boot.profile), *boot.options, *options)


def up(boot: Boot) -> tuple[str, ...]:
    """What runs at boot: nobody is there to agree to a payment, so none is made, and no coldkey is opened."""
    return command(boot, "up", "--no-coldkey", "--yes")


def unit_text(boot: Boot) -> str:
    """The unit file.

    The neurons live in the unit's control group: only `fleet down` ends them, not a run that failed for one of them.
    """
    return "\n".join(
        (
            f"{MARK}; `netctl fleet disable` takes it away again.",
            "[Unit]",
            f"Description=netctl fleet {boot.fleet}",
            "StartLimitIntervalSec=0",
            "",
            "[Service]",
            "Type=oneshot",
            "RemainAfterExit=yes",
            f"WorkingDirectory={path_word(boot.folder)}",
            *(f"Environment={quoted(f'{name}={value}')}" for name, value in boot.environ),
            *((f"EnvironmentFile={path_word(boot.env_file)}",) if boot.env_file is not None else ()),
            f"ExecStart={_line(up(boot))}",
            f"ExecStop={_line(command(boot, 'down'))}",
            "SuccessExitStatus=1",
            "Restart=on-failure",
            f"RestartSec={RETRY_S}",
            f"RestartPreventExitStatus={' '.join(map(str, FINAL))}",
            "KillMode=process",
            "TimeoutStartSec=infinity",
            "TimeoutStopSec=300",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        )
    )


def cron_line(boot: Boot) -> str:
    """The same for a machine without systemd, as a line of crontab(5)."""
    sets = [f"export {name}={shlex.quote(value)};" for name, value in boot.environ]
    sourced = [f"set -a; . {shlex.quote(str(boot.env_file))}; set +a;"] if boot.env_file is not None else []
    words = [
        "@reboot",
        "cd",
        shlex.quote(str(boot.folder)),
        "&&",
        "{",
        *sets,
        *sourced,
        shlex.join(up(boot)) + ";",
        "}",
    ]
    return " ".join(words).replace("%", "\\%")


def _line(argv: Sequence[str]) -> str:
    return " ".join(quoted(word.replace("$", "$$")) for word in argv)
