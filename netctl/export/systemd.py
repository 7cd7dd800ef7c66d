"""User units: one service for each neuron, and a target that starts and stops them together."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from netctl.boot.unit import unit_name
from netctl.boot.words import path_word, quoted
from netctl.export.jobs import Export, Exported, Job
from netctl.fleet import RestartPolicy
from netctl.render.environment import MARKER

# What a user's manager, or the login that it imported, hands to every unit, and a neuron could take for its own.
STRAYS = (
    *("BT_WALLET_NAME", "BT_WALLET_HOTKEY", "BT_WALLET_PATH", "BT_NETWORK", "BT_SUBTENSOR_CHAIN_ENDPOINT"),
    *("BT_AXON_PORT", "BT_AXON_IP", "BT_AXON_EXTERNAL_PORT", "BT_AXON_EXTERNAL_IP", "BT_AXON_MAX_WORKERS"),
    *("BT_LOGGING_DEBUG", "BT_LOGGING_TRACE", "BT_LOGGING_RECORD_LOG", "BT_LOGGING_LOGGING_DIR"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "OLDPWD", "SHLVL"),
)
POLICIES = {"never": "no", "on-failure": "on-failure", "always": "always"}


def files(export: Export) -> tuple[Exported, ...]:
    """The target first, then the services in the order of launch."""
    return (
        Exported(target_of(export), _target(export)),
        *(Exported(_unit(export, j.name), _service(export, j)) for j in export.jobs),
    )


def target_of(export: Export) -> str:
    """The name of the unit that stands for the whole fleet."""
    return f"netctl-{export.fleet}.target"


def how(export: Export, folder: Path) -> Sequence[str]:
    """What to type, from the checks to the first look."""
    target = target_of(export)
    return (
        f"cp {shlex.quote(str(folder))}/* ~/.config/systemd/user/",
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {target}",
        f"systemctl --user list-dependencies {target}",
        "loginctl enable-linger    # so that they live on when you log out",
    )


def _unit(export: Export, name: str) -> str:
    return f"netctl-{export.fleet}-{name}.service"


def _target(export: Export) -> str:
    return "\n".join(
        (
            f"# {export.heading}",
            "[Unit]",
            f"Description=The neurons of fleet {export.fleet}, subnet {export.netuid}",
            *(f"Wants={_unit(export, job.name)}" for job in export.jobs),
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        )
    )


def _service(export: Export, job: Job) -> str:
    unset = (MARKER, *(name for name in STRAYS if name not in job.variables))
    return "\n".join(
        (
            f"# {export.heading}",
            "[Unit]",
            f"Description={job.name}, {job.role} of fleet {export.fleet}",
            f"PartOf={target_of(export)}",
            *(f"After={_unit(export, name)}" for name in job.after),
            f"Conflicts={unit_name(export.fleet)}",
            f"After={unit_name(export.fleet)}",
            *_limits(job.restart),
            "",
            "[Service]",
            "Type=exec",
            f"WorkingDirectory={path_word(job.cwd)}",
            f"EnvironmentFile={path_word(job.env_file)}",
            f"Environment={quoted(f'PWD={job.cwd}')}",
            f"UnsetEnvironment={' '.join(unset)}",
            f"ExecStart={_command(job.argv)}",
            *((f"ExecStartPost=/bin/sleep {job.pause_s:g}", "TimeoutStartSec=infinity") if job.pause_s else ()),
            f"StandardOutput=append:{path_word(job.stdout)}",
            f"StandardError=append:{path_word(job.stderr)}",
            f"Restart={POLICIES[job.restart.when]}",
            f"RestartSec={job.restart.backoff_s:g}",
            f"KillSignal=SIG{job.stop_signal}",
            f"TimeoutStopSec={job.grace_s:g}",
            "UMask=0077",
            "LimitCORE=0",
            "",
        )
    )


def _limits(restart: RestartPolicy) -> tuple[str, ...]:
    return (f"StartLimitIntervalSec={restart.window_s:g}", f"StartLimitBurst={restart.tries}")


def _command(argv: Sequence[str]) -> str:
    """A command line of a unit; systemd looks a bare program up by a path of its own, not by the neuron's."""
    words = argv if argv[0].startswith("/") else ("/usr/bin/env", *argv)
    return " ".join([quoted(words[0]), *(quoted(word.replace("$", "$$")) for word in words[1:])])
