"""`netctl --version`: what a bug report needs, and no value of any variable."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from netctl import __version__
from netctl.adapters.own_install import Install, chain_spec, own_install, version_of, versions_beside
from netctl.adapters.surroundings import host
from netctl.cli.output import show, show_json

TELLING = ("BITTENSOR_", "BT_", "NETCTL_", "PYTHON", "TMUX", "UV_")
ALSO = frozenset({"COLUMNS", "LANG", "LC_ALL", "NO_COLOR", "SHELL", "TERM", "VIRTUAL_ENV", "XDG_RUNTIME_DIR"})
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def show_version(*, as_json: bool) -> None:
    """Print it, for people or as one JSON document."""
    facts = version_facts()
    if as_json:
        show_json(facts)
        return
    show(f"netctl {facts['netctl']}")
    for name, text in _rows(facts):
        show(f"{name}: {text}")


def version_facts() -> dict[str, Any]:
    """Versions, the install, the system, and the names of the variables that can matter. Runs tmux and git."""
    from netctl.adapters.machine import ThisMachine

    machine, tmux, install = host(), ThisMachine().tmux(), own_install()
    return {
        "netctl": __version__,
        "installed": _install_facts(install),
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "path": sys.executable,
        },
        "bittensor": version_of("bittensor"),
        "packages": versions_beside(),
        "tmux": None if tmux is None else {"version": tmux.version, "path": str(tmux.path), "too_old": tmux.too_old},
        "system": machine.system,
        "kernel": platform.release(),
        "architecture": machine.architecture,
        "cores": machine.cores,
        "memory_bytes": machine.memory_bytes,
        "chain_spec_version": chain_spec(),
        "variables": telling_variables(os.environ),
    }


def telling_variables(environ: Mapping[str, str]) -> list[str]:
    """The names, sorted, of the variables that change what netctl, the SDK, tmux or Python do; never a value."""
    return sorted(name for name in environ if name.startswith(TELLING) or name in ALSO or name.casefold() in PROXIES)


def _install_facts(install: Install) -> dict[str, Any]:
    code = install.code
    return {
        "kind": install.kind,
        "by": install.by,
        "path": str(install.place),
        "commit": code.commit if code else None,
        "dirty": code.dirty if code else None,
        "changed": list(code.changed) if code else [],
    }


def _rows(facts: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    installed, python, tmux = facts["installed"], facts["python"], facts["tmux"]
    spec = facts["chain_spec_version"]
    yield "installed", _install_text(installed)
    yield "python", f"{python['version']} ({python['implementation']}), {_short(python['path'])}"
    yield "bittensor", facts["bittensor"] or "not installed"
    yield "tmux", _tmux_text(tmux)
    cores, gibibytes = facts["cores"], facts["memory_bytes"] / 2**30
    yield "system", f"{facts['system']}, {facts['architecture']}, {cores} cores, {gibibytes:.1f} GiB"
    yield "embedded chain", f"spec {spec}" if spec is not None else "its files are missing"
    yield "with", ", ".join(f"{name} {number}" for name, number in facts["packages"].items()) or "nothing installed"
    yield "variables", ", ".join(facts["variables"]) or "none"


def _install_text(told: Mapping[str, Any]) -> str:
    by = f" by {told['by']}" if told["by"] else ""
    text = f"{told['kind']}{by}, {_short(told['path'])}"
    if told["commit"] is None:
        return text
    changed = told["changed"]
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{text}, commit {told['commit'][:12]}" + (f", changed: {changed[0]}{more}" if changed else "")


def _tmux_text(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "not installed"
    old = ", too old" if told["too_old"] else ""
    return f"{told['version'] or 'of unknown version'}{old}, {told['path']}"


def _short(path: str) -> str:
    """The path with ~ for the home directory: reports are public, and names of people are in it."""
    home = Path.home()
    return f"~/{Path(path).relative_to(home)}" if Path(path).is_relative_to(home) and home != Path("/") else path
