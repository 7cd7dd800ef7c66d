"""How a neuron is started in a container: its files laid out as it knows them, then its own command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from netctl.export.jobs import Content, Job
from netctl.placement import NODE_ADDRESS

ADDRESS = "NETCTL_NODE_ADDRESS"
"""The variable that holds the address of the node, where something asks for it."""

_WORK, _SEEDS = ".work", ".seeds"

# What a shell starts beside itself is deaf to INT and QUIT unless somebody sees to it.
_OTHER_SIGNAL = """\
/usr/bin/env --default-signal=INT,QUIT "$0" "$@" </dev/null &
neuron=$!
trap 'kill -s {signal} "$neuron" 2>/dev/null' TERM
set +e
wait "$neuron"
code=$?
while kill -s 0 "$neuron" 2>/dev/null; do
    wait "$neuron"
    code=$?
done
exit "$code"
"""


def escaped(text: str) -> str:
    """As Kubernetes reads it back: it fills in ``$(NAME)``, and takes ``$$`` for ``$``."""
    return text.replace("$", "$$").replace(NODE_ADDRESS, f"$({ADDRESS})")


def asks_for_its_node(job: Job) -> bool:
    """Whether its command line or a variable names the node that it will run on."""
    return any(NODE_ADDRESS in text for text in (*job.argv, *(value for _, value in job.public)))


def public_files(job: Job) -> Mapping[str, bytes]:
    """Its files that may be shown, by their keys in the ConfigMap."""
    return {key: content.public for key, content in _keyed(job).items() if content.public is not None}


def secret_files(job: Job) -> Mapping[str, Content]:
    """The others, by their keys in the Secret."""
    return {key: content for key, content in _keyed(job).items() if content.public is None}


def places(job: Job) -> Mapping[str, str]:
    """Where each file lies below the directory of its files; what belongs elsewhere lies in one of two corners."""
    return {key: _place(job, content) for key, content in _keyed(job).items()}


def start(job: Job) -> str:
    """The shell's part: directories, links, seeds; then the program takes the shell's place.

    Kubernetes tells every program to end with TERM: where the pack wants another signal, the shell stays to pass it on.
    """
    lines = ["set -e", "umask 077", "ulimit -c 0"]
    lines += [f"mkdir -p {shlex.quote(str(path))}" for path in job.directories if path != job.cwd]
    files = job.launcher.parent
    for key, content in _keyed(job).items():
        if not content.path.is_relative_to(job.cwd):
            continue
        source, target = (shlex.quote(str(path)) for path in (files / places(job)[key], content.path))
        parent = shlex.quote(str(content.path.parent))
        if content.is_seed:
            new = shlex.quote(f"{content.path}.new")
            lines.append(f"[ -e {target} ] || {{ mkdir -p {parent} && cat {source} >{new} && mv {new} {target}; }}")
        else:
            lines.append(f"mkdir -p {parent} && ln -sfn {source} {target}")
    end = 'exec "$0" "$@"\n' if job.stop_signal == "TERM" else _OTHER_SIGNAL.format(signal=job.stop_signal)
    return "\n".join([*lines, end])


def _keyed(job: Job) -> Mapping[str, Content]:
    return {f"file-{number}": content for number, content in enumerate(job.contents)}


def _place(job: Job, content: Content) -> str:
    if content.path.is_relative_to(job.launcher.parent):
        return str(content.path.relative_to(job.launcher.parent))
    return f"{_SEEDS if content.is_seed else _WORK}/{content.path.relative_to(job.cwd)}"
