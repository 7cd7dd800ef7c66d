"""An ecosystem file for pm2, and for each neuron the script that it runs.

pm2 keeps the environment that an app was first started with, and shows it in `pm2 env` and its dump. So it gets none:
each start reads the neuron's env file anew.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from netctl.export.jobs import Export, Exported, Job
from netctl.render.environment import MARKER

FILE = "ecosystem.config.js"
KILL_MARGIN_S = 5.0

_SCRIPT = Template("""\
$heading
# pm2 runs it with an empty environment, and ends it with SIGINT whatever the neuron wants: this passes $signal on.
umask 077
ulimit -c 0
set -a
. $env_file
set +a
export $marker PWD=$cwd
cd $cwd || exit 111
# pm2 makes each app the leader of a process group; whoever starts this otherwise has a group to lose.
[ "$$(ps -o pgid= -p $$$$ | tr -d ' ')" = "$$$$" ] && group=0 || group=
neuron=
stopping=
stop() {
    trap '' HUP INT QUIT TERM
    stopping=yes
    kill -s $signal $${group:-$$neuron} 2>/dev/null
    [ -n "$$neuron" ] || exit 129
    tenths=$tenths
    while [ "$$tenths" -gt 0 ] && kill -s 0 "$$neuron" 2>/dev/null; do
        sleep 0.1
        tenths=$$((tenths - 1))
    done
    kill -s KILL "$$neuron" 2>/dev/null
}
trap stop HUP INT QUIT TERM
/usr/bin/env $command </dev/null >>$stdout 2>>$stderr &
neuron=$$!
wait "$$neuron"
code=$$?
if [ -n "$$stopping" ]; then
    wait "$$neuron"
    code=$$?
fi
trap '' HUP INT QUIT TERM
[ -z "$$group" ] || kill -s TERM 0
exit "$$code"
""")


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
        "autorestart": restart.when != "never",
        "treekill": False,
        "kill_timeout": _ms(job.grace_s + KILL_MARGIN_S),
    }
    if restart.when == "on-failure":
        found["stop_exit_codes"] = [0]
    if restart.when != "never":
        found["exp_backoff_restart_delay"] = _ms(restart.backoff_s)
        found["max_restarts"] = restart.tries
        found["min_uptime"] = _ms(restart.window_s / restart.tries)
    return found


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _script(export: Export, job: Job) -> str:
    # A shell without a terminal starts what runs beside it deaf to these two.
    hearing = f"--default-signal={job.stop_signal} " if job.stop_signal in ("INT", "QUIT") else ""
    return _SCRIPT.substitute(
        heading=f"# {export.heading}",
        env_file=shlex.quote(str(job.env_file)),
        marker=f"{MARKER}={shlex.quote(f'pm2:{export.fleet}/{job.name}')}",
        cwd=shlex.quote(str(job.cwd)),
        signal=job.stop_signal,
        tenths=max(1, round(job.grace_s * 10)),
        command=hearing + shlex.join(("-u", "OLDPWD", "-u", "SHLVL", "-u", "_", *job.argv)),
        stdout=shlex.quote(str(job.stdout)),
        stderr=shlex.quote(str(job.stderr)),
    )
