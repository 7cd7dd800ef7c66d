"""The profile, and where the subnet has no pack yet one of its own, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from netctl.ecosystem.mapping import Imported, Neuron
from netctl.fleet import Role
from netctl.render.environment import plain_quoted

OPTIONS = {
    "--netuid": "{{ fleet.netuid }}",
    "--subtensor.network": "{{ network.kind if network.kind in ('test', 'finney') and not network.proxied "
    "else network.endpoint }}",
    "--wallet.path": "{{ fleet.wallet_path }}",
    "--wallet.name": "{{ neuron.wallet }}",
    "--wallet.hotkey": "{{ neuron.hotkey }}",
    "--axon.port": "{{ neuron.bind_port }}",
    "--axon.external_ip": "{{ neuron.axon_ip }}",
    "--axon.external_port": "{{ neuron.axon_port if network.proxied else '' }}",
}
"""What every neuron of Bittensor's takes, as a pack says it."""


def profile_text(found: Imported, *, name: str, pack: str, origin: str) -> str:
    """A profile that says what the apps said; the notes follow as comments."""
    defaults = _shared(found)
    document: dict[str, Any] = {"name": name, "network": found.network, "netuid": found.netuid}
    if found.wallet_path is not None:
        document["wallet_path"] = found.wallet_path
    document["neurons"] = {"path": str(found.code), "pack": pack}
    if found.python is not None:
        document["neurons"]["python"] = str(found.python)
    if defaults:
        document["defaults"] = {"env": defaults}
    for role, section in (("miner", "miners"), ("validator", "validators")):
        members = [_member(each, found, defaults) for each in found.neurons if each.role == role]
        if members:
            document[section] = members
    head = [
        f"# Imported by netctl from {origin}. The keys are yours already: netctl makes and changes none of them.",
        "# Before the first `netctl fleet up`, end the apps under pm2: two processes must not share a hotkey.",
    ]
    if found.secrets.names:
        head.append(f"# Taken from your environment: {', '.join('$' + each for each in found.secrets.names)}")
    tail = ["", "# What a profile does not say, or says elsewhere:"] if found.notes else []
    notes = [f"#   {' '.join(note.split())}" for note in found.notes]
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join([*head, body.rstrip("\n"), *tail, *notes]) + "\n"


def _shared(found: Imported) -> Mapping[str, str]:
    """The variables that every neuron has, with one value."""
    rendered = [_env(neuron, found) for neuron in found.neurons]
    first, *others = rendered
    if not others:
        return {}
    return {name: value for name, value in first.items() if all(env.get(name) == value for env in others)}


def _env(neuron: Neuron, found: Imported) -> dict[str, str]:
    return {
        name: f"${own}" if (own := found.secrets.references.get((neuron.name, name))) else value.replace("$", "$$")
        for name, value in neuron.env.items()
    }


def _member(neuron: Neuron, found: Imported, defaults: Mapping[str, str]) -> Mapping[str, Any]:
    member: dict[str, Any] = {"name": neuron.name, "wallet": neuron.wallet, "hotkey": neuron.hotkey, "existing": True}
    if neuron.port is not None:
        member["port"] = neuron.port
    if neuron.ip is not None:
        member["ip"] = neuron.ip
    env = {name: value for name, value in _env(neuron, found).items() if name not in defaults}
    if env:
        member["env"] = env
    if neuron.restart:
        member["restart"] = dict(neuron.restart)
    if neuron.args:
        member["args"] = {name: True if value is None else value for name, value in neuron.args}
    return member


def pack_text(found: Imported, *, pack: str, origin: str) -> str:
    """A pack that runs the apps' programs with what every neuron of Bittensor's takes; the profile adds the rest."""
    roles: dict[Role, Any] = {
        role: {
            "program": ["{{ code.python }}", *program_words(program)],
            "options": dict(OPTIONS),
            "env": {"PYTHONPATH": "{{ code.path }}", "PYTHONUNBUFFERED": "1"},
        }
        for role, program in found.programs.items()
    }
    order = [role for role in ("miner", "validator") if role in roles]
    document = {"pack": pack, "title": f"Neurons as {origin} runs them", "needs": {"code": True}}
    document |= {"launch": {"order": order}, "roles": roles}
    head = f"# Imported by netctl from {origin}; docs/packs.md says what more a pack can say: readiness, stopping.\n"
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def program_words(program: str) -> Sequence[str]:
    """A file of the checkout or a module, as an interpreter is told to run it."""
    if not program.endswith(".py"):
        return ["-m", program]
    return [program if program.startswith("/") else f"{{{{ code.path }}}}/{program}"]


def env_text(found: Imported) -> str:
    """The secrets that the file held, as lines of an env file; ValueError names one that no such line can hold."""
    lines = []
    for name, value in found.secrets.values.items():
        quoted = plain_quoted(value)
        if quoted is None:
            raise ValueError(name)
        lines.append(f"{name}={quoted}")
    return "\n".join(["# Secrets, taken by netctl out of an ecosystem file. Keep this file 0600.", *lines]) + "\n"


def pack_name(folder: Path) -> str:
    """What an imported pack is called: after the checkout's directory."""
    plain = "".join(character if character.isalnum() else "-" for character in folder.name.lower()).strip("-")
    return f"{plain or 'imported'}-pack"
