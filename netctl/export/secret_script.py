"""The script that brings a fleet's secrets into a cluster. It names files and variables, and holds no value."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from string import Template

from netctl.export.container import secret_files
from netctl.export.jobs import Export, Job

HOTKEY = "hotkey"
COLDKEYPUB = "coldkeypub.txt"

_SCRIPT = Template("""\
# $heading
# Makes the Secrets that the manifests beside it refer to, or brings them up to date: run it again after a change.
# Values go through files of yours alone, in memory where there is a place for it, which are gone when it ends:
# never through a command line, which others can see.
set -eu
umask 077
memory=$${XDG_RUNTIME_DIR:-/dev/shm}
[ -w "$$memory" ] || memory=$${TMPDIR:-/tmp}
place=$$(mktemp -d "$$memory/netctl.XXXXXX")
trap 'rm -rf "$$place"' EXIT
trap 'exit 129' HUP INT TERM

# begin: an empty directory to gather one Secret in
begin() {
    rm -rf "$$place/new" "$$place/new.yaml"
    mkdir "$$place/new"
}

# send NAME: the Secret of what was gathered, each file under its name
send() {
    kubectl create secret generic "$$1" --namespace $namespace --from-file="$$place/new" --dry-run=client -o yaml \\
        >"$$place/new.yaml"
    kubectl apply --server-side --force-conflicts --field-manager=netctl -f "$$place/new.yaml"
    kubectl label secret "$$1" --namespace $namespace --overwrite $labels
}

# keys HOTKEY COLDKEYPUB COLDKEY: a hotkey and an address go, a coldkey never does
keys() {
    if [ -e "$$3" ] && { cmp -s "$$1" "$$3" || cmp -s "$$2" "$$3"; }; then
        echo "$$1 or $$2 is the coldkey: nothing is sent" >&2
        exit 1
    fi
    cat "$$1" >"$$place/new/hotkey"
    cat "$$2" >"$$place/new/coldkeypub.txt"
    if grep -Eq '"(secretSeed|secretPhrase|privateKey)": *"' "$$place/new/coldkeypub.txt"; then
        echo "$$2 holds a secret: nothing is sent" >&2
        exit 1
    fi
}

# Nothing is sent before every wallet is found to be in order.
$checks

$parts""")


def script(export: Export, names: Mapping[str, str], namespace: str, labels: Mapping[str, str]) -> str:
    """The script; `names` are the neurons' own, as the manifests call them."""
    return _SCRIPT.substitute(
        heading=export.heading,
        namespace=namespace,
        labels=" ".join(f"{key}={value}" for key, value in labels.items()),
        checks="\n".join(f"begin\n{_keys(job)}" for job in export.jobs),
        parts="\n".join(line for job in export.jobs for line in _lines(job, names[job.name])),
    )


def secret_variables(job: Job) -> tuple[str, ...]:
    """The variables whose values are in no manifest."""
    public = {name for name, _ in job.public}
    return tuple(name for name in job.variables if name not in public and name != "PWD")


def _keys(job: Job) -> str:
    coldkey = job.coldkeypub_file.with_name("coldkey")
    return shlex.join(("keys", str(job.hotkey_file), str(job.coldkeypub_file), str(coldkey)))


def _lines(job: Job, name: str) -> Sequence[str]:
    lines = [f"# {job.name}", "begin", _keys(job), f"send {name}-wallet"]
    if variables := secret_variables(job):
        # The env file sets PATH as well: in there nothing but the shell's own commands.
        reads = [f'    printf %s "${{{each}}}" >"$place/new/{each}"' for each in variables]
        lines += ["begin", "(", f"    . {shlex.quote(str(job.env_file))}", *reads, ")", f"send {name}-env"]
    if files := secret_files(job):
        lines += ["begin", *(f'cat {shlex.quote(str(each.path))} >"$place/new/{key}"' for key, each in files.items())]
        lines.append(f"send {name}-files")
    return [*lines, ""]
