"""An ecosystem file for pm2, and for each neuron the script that it runs.

pm2 keeps the environment that an app was first started with, and shows it in `pm2 env` and its dump. So it gets none:
each start reads the neuron's env file anew.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netctl.export.jobs import Export, Exported, Job
from netctl.render.environment import MARKER
from netctl.render.launcher import Launcher, script

FILE = "ecosystem.config.js"
KILL_MARGIN_S = 5.0


def files(export: Export) -> tuple[Exported, ...]:
    """The ecosystem file and the scripts beside it."""
    return (
        Exported(FILE, _ecosystem(export)),
        *(Exported(f"{job.name}.sh", _script(export, job)) for job in export.jobs),
    )


def how(export: Export, folder: Path) -> Sequence[str]:
    """What to type; `pm2 save` and `pm2 startup` are pm2's own way to bring them back after a boot."""
    file = shlex.quote(str(folder / FILE))
    return (
        f"pm2 start {file}",
        f"pm2 logs {export.fleet}-{export.jobs[0].name}" if export.jobs else "pm2 logs",
        f"pm2 delete {file}    # to end them",
        "pm2 save && pm2 startup    # back after a boot",
    )


def _ecosystem(export: Export) -> str:
    apps = json.dumps([_app(export, job) for job in export.jobs], indent=2, ensure_ascii=False)
    return "\n".join(
        (
            f"// {export.heading}",
            "// Each app is a script beside this file, which reads the neuron's env file whenever it is started.",
            'const path = require("path");',
            f"const apps = {apps};",
            'for (const app of apps) app.args = ["-i", "/bin/sh", path.join(__dirname, app.args)];',
            "module.exports = { apps };",
            "",
        )
    )


def _app(export: Export, job: Job) -> Mapping[str, Any]:
    restart = job.restart
    found: dict[str, Any] = {
        "name": f"{export.fleet}-{job.name}",
        "namespace": export.fleet,
        "script": "/usr/bin/env",
        "args": f"{job.name}.sh",
        "interpreter": "none",
        "exec_mode": "fork",
        "cwd": str(job.cwd),
        # Every name holds the empty text: nothing of the shell that types `pm2 start` gets into pm2's memory.
        "filter_env": [""],
        "out_file": str(job.stdout),
        "error_file": str(job.stderr),
        "merge_logs": True,
        "vizion": False,
        "autorestart": restart.policy != "never",
        "treekill": False,
        "kill_timeout": _ms(job.grace_s + KILL_MARGIN_S),
    }
    if restart.policy == "on-failure":
        found["stop_exit_codes"] = [0]
    if restart.policy != "never":
        found["exp_backoff_restart_delay"] = _ms(restart.backoff_s)
        found["max_restarts"] = restart.tries
        found["min_uptime"] = _ms(restart.window_s / restart.tries)
    return found


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _script(export: Export, job: Job) -> str:
    launcher = Launcher(
        name=job.name,
        argv=job.argv,
        environ={MARKER: f"pm2:{export.fleet}/{job.name}"},
        cwd=job.cwd,
        stdout=job.stdout,
        stderr=job.stderr,
        stop_signal=job.stop_signal,
        grace_s=job.grace_s,
        env_file=job.env_file,
    )
    return script(launcher, f"# {export.heading}\n# pm2 runs it with an empty environment.").decode()
