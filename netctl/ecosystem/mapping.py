"""Apps to the members of a profile. What a profile cannot say becomes a note, with its place in the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from netctl.durations import is_stagger
from netctl.ecosystem.apps import App
from netctl.ecosystem.commands import Command, Option, command_of, role_of
from netctl.ecosystem.restarting import RESTARTING, restart_of
from netctl.ecosystem.secrets import Secrets, secrets_of
from netctl.errors import UsageError
from netctl.fleet import RESERVED_SESSIONS, Role
from netctl.networks import network_of
from netctl.profile.secrets import is_secret_name, is_secret_shaped

# The profile has a place of its own for each of these.
_PLACED = {"netuid", "subtensor.network", "subtensor.chain_endpoint", "wallet.name", "wallet.hotkey", "wallet.path"}
_PLACED |= {"axon.port", "axon.external_port", "axon.external_ip"}
# Files and directories of the neuron's, which netctl starts in another directory than pm2 did.
_PATHS = {"neuron.database_name", "miner_upload_state_file", "neuron.scraping_config_file", "config"}
_PATHS |= {"logging.logging_dir", "neuron.full_path", "s3_results_path"}
_QUIET = {
    "name",
    "namespace",
    "exec_mode",
    "autorestart",
    "merge_logs",
    "log_date_format",
    "vizion",
    "time",
    "combine_logs",
}
_QUIET |= RESTARTING | {"description", "version", "pmx", "automation", "treekill", "source_map_support"}
_OF_RESI = {"s3_auth_url", "miner_upload_state_file", "neuron.scraping_config_file"}
_LOGS = "logs lie in the state directory: `netctl logs`"
_INSTEAD = {"out_file": _LOGS, "error_file": _LOGS, "log_file": _LOGS, "kill_timeout": "the pack's `stop:` says it"}
_PYTHONS = re.compile(r"python(\d+(\.\d+)*)?")


@dataclass(frozen=True, slots=True)
class Neuron:
    """A member of the profile to be. `env` is what the file said, secrets included; `port` None is counted."""

    name: str
    role: Role
    wallet: str
    hotkey: str
    port: int | None
    ip: str | None
    args: tuple[tuple[str, str | None], ...]
    env: Mapping[str, str] = field(repr=False)
    restart: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """All that was understood. `programs` are files, relative to `code` where they lie below it, or modules."""

    network: str
    netuid: int
    wallet_path: str | None
    code: Path
    python: Path | None
    programs: Mapping[Role, str]
    is_resi: bool
    neurons: tuple[Neuron, ...]
    secrets: Secrets
    notes: tuple[str, ...]


def imported(apps: Sequence[App], netuid: int | None = None) -> Imported:
    """The members that the apps come to; UsageError where there is no miner, or no one subnet."""
    notes: list[str] = []
    read = [(app, command_of(app.words)) for app in apps]
    kept = [(app, command, role) for app, command in read if (role := _role(app, command, notes)) is not None]
    subnet = _netuid([command for _, command, _ in kept], netuid)
    kept = [each for each in kept if each[1].value("netuid") in (None, str(subnet))]
    names = _Names()
    neurons = [n for app, command, role in kept if (n := _neuron(app, command, role, names, notes)) is not None]
    if not any(neuron.role == "miner" for neuron in neurons):
        raise UsageError("no miner among the apps, and a profile has one at the least", hint="name its file too")
    commands = [command for _, command, _ in kept]
    code = Counter(app.cwd for app, _, _ in kept).most_common(1)[0][0]
    notes += [
        f"{app.place} {app.name}: runs in {app.cwd}, the profile's code is {code}"
        for app, _, _ in kept
        if app.cwd != code
    ]
    notes += _settings([app for app, _, _ in kept])
    return Imported(
        network=_network(commands, notes),
        netuid=subnet,
        wallet_path=_one("wallet.path", commands, notes),
        code=code,
        python=_python([(app, command) for app, command, _ in kept], notes),
        programs=_programs(kept, code, notes),
        is_resi=bool(_OF_RESI & {option.name for command in commands for option in command.options}),
        neurons=tuple(neurons),
        secrets=secrets_of([(neuron.name, neuron.env) for neuron in neurons]),
        notes=tuple(dict.fromkeys(notes)),
    )


def _role(app: App, command: Command, notes: list[str]) -> Role | None:
    role = role_of(command, app.name)
    if command.program is None:
        notes.append(
            f"{app.place} {app.name}: {' '.join(app.words[:2])} runs no Python program that can be seen: left out"
        )
        return None
    if role is None:
        notes.append(f"{app.place} {app.name}: {command.program} is neither miner nor validator by its name: left out")
    return role


def _netuid(commands: Sequence[Command], asked: int | None) -> int:
    found = sorted({value for command in commands if (value := command.value("netuid")) is not None})
    if asked is not None:
        return asked
    if len(found) == 1 and found[0].isdigit():
        return int(found[0])
    what = f"apps of several subnets: {', '.join(found)}" if found else "no app says --netuid"
    raise UsageError(what, hint="say which: --netuid 428")


def _network(commands: Sequence[Command], notes: list[str]) -> str:
    endpoint = _one("subtensor.chain_endpoint", commands, notes)
    network = _one("subtensor.network", commands, notes)
    for word in (network if network != "local" else None, endpoint, network):
        if word is None:
            continue
        try:
            network_of(word)
        except ValueError:
            notes.append(f"{word} is no network that netctl knows")
        else:
            return word
    notes.append("no app names a network: finney is what the SDK takes then")
    return "finney"


def _one(option: str, commands: Sequence[Command], notes: list[str]) -> str | None:
    given = Counter(value for command in commands if (value := command.value(option)) is not None)
    if len(given) > 1:
        notes.append(
            f"--{option} differs ({', '.join(given)}): a profile has one, {given.most_common(1)[0][0]} was taken"
        )
    return given.most_common(1)[0][0] if given else None


def _python(kept: Sequence[tuple[App, Command]], notes: list[str]) -> Path | None:
    found: Counter[Path] = Counter()
    for app, command in kept:
        first = command.runner[0] if command.runner else ""
        if "/" in first and _PYTHONS.fullmatch(Path(first).name) and len(command.runner) == 1:
            found[app.cwd / Path(first).expanduser()] += 1
        else:
            through = " ".join(command.runner) or "itself"
            notes.append(
                f"{app.place} {app.name}: run by {through}; the profile's `neurons.python` must name an interpreter"
            )
    if len(found) > 1:
        notes.append(f"several interpreters ({', '.join(map(str, found))}): a profile has one, the first was taken")
    return found.most_common(1)[0][0] if found else None


def _programs(kept: Sequence[tuple[App, Command, Role]], code: Path, notes: list[str]) -> dict[Role, str]:
    programs: dict[Role, str] = {}
    for app, command, role in kept:
        program = command.program or ""
        if not command.is_module:
            path = app.cwd / program
            program = str(path.relative_to(code)) if path.is_relative_to(code) else str(path)
        if programs.setdefault(role, program) != program:
            notes.append(
                f"{app.place} {app.name}: runs {program}; a pack has one program for each role, {programs[role]}"
            )
    return programs


class _Names:
    """Names, hotkeys and ports that are given away already."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.hotkeys: dict[tuple[str, str], str] = {}
        self.ports: set[int] = set()

    def name_for(self, text: str) -> str:
        """The app's name as a session can be called, and nobody else is."""
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:56] or "neuron"
        if plain.lower() in RESERVED_SESSIONS or is_stagger(plain):
            plain = f"neuron-{plain}"
        name, number = plain, 2
        while name.lower() in self.names:
            name, number = f"{plain}-{number}", number + 1
        self.names.add(name.lower())
        return name


def _neuron(app: App, command: Command, role: Role, taken: _Names, notes: list[str]) -> Neuron | None:
    here = f"{app.place} {app.name}"
    wallet, hotkey = command.value("wallet.name") or "default", command.value("wallet.hotkey") or "default"
    if (wallet, hotkey) in taken.hotkeys:
        notes.append(f"{here}: hotkey {wallet}/{hotkey} is {taken.hotkeys[wallet, hotkey]}'s already: left out")
        return None
    name = taken.name_for(app.name)
    taken.hotkeys[wallet, hotkey] = name
    notes += _instances(app, here)
    if command.strays:
        shown = " ".join(word if word.startswith("-") else "..." for word in command.strays)
        notes.append(f"{here}: {shown} belongs to no option that begins with --: left out")
    args = tuple(pair for option in command.options if (pair := _argument(option, app, here, notes)) is not None)
    return Neuron(
        name=name,
        role=role,
        wallet=wallet,
        hotkey=hotkey,
        port=_port(command, here, taken, notes),
        ip=command.value("axon.external_ip"),
        args=tuple(dict(args).items()),
        env={key: value for key, value in app.env.items() if not _is_dropped(key, value, app, here, notes)},
        restart=restart_of(app.rest),
    )


def _settings(apps: Sequence[App]) -> list[str]:
    """What pm2 was told about itself, once for all apps that were told the same."""
    by_setting: dict[tuple[str, str], list[str]] = {}
    for app in apps:
        for key, value in app.rest.items():
            if key not in _QUIET and value is not False:
                by_setting.setdefault((key, _short(value)), []).append(app.name)
    return [f"{key} {value} ({', '.join(names)}): {_instead(key)}" for (key, value), names in by_setting.items()]


def _instead(key: str) -> str:
    block = key.removeprefix("env_")
    return f"taken with --env {block}" if block != key else _INSTEAD.get(key, "nothing here is like it")


def _instances(app: App, here: str) -> list[str]:
    if app.instances in ("1", ""):
        return []
    return [f"{here}: instances {app.instances}: they would share one hotkey, so it is one neuron"]


def _short(value: object) -> str:
    text = str(value)
    return "..." if is_secret_shaped(text) or isinstance(value, dict | list) else text[:60]


def _port(command: Command, here: str, taken: _Names, notes: list[str]) -> int | None:
    text = command.value("axon.port")
    outside = command.value("axon.external_port")
    if outside not in (None, text):
        notes.append(f"{here}: --axon.external_port {outside}: netctl announces the port that it listens on")
    if text is None:
        return None
    if not text.isdigit() or not 1025 <= int(text) <= 65534 or int(text) in taken.ports:
        notes.append(f"{here}: --axon.port {text} cannot be had: another is counted out")
        return None
    taken.ports.add(int(text))
    return int(text)


def _argument(option: Option, app: App, here: str, notes: list[str]) -> tuple[str, str | None] | None:
    name, values = option.name, option.values
    if name in _PLACED:
        return None
    if is_secret_name(name) or any(is_secret_shaped(value) for value in values):
        notes.append(f"{here}: --{name} looks like a secret, and a command line is no place for one: left out")
        return None
    if len(values) > 1:
        notes.append(f"{here}: --{name} {' '.join(values)}: an option of a profile has one value: left out")
        return None
    if not values:
        return name, None
    if any(ord(character) < 32 for character in values[0]):
        notes.append(f"{here}: --{name} holds a line break or a tab: left out")
        return None
    is_path = name in _PATHS or values[0].startswith(("./", "../"))
    return name, str(app.cwd / values[0]) if is_path and not values[0].startswith("~") else values[0]


def _is_dropped(name: str, value: str, app: App, here: str, notes: list[str]) -> bool:
    if name in ("PATH", "HOME"):
        return True  # every neuron of netctl's has its own
    if name == "PYTHONPATH" and (app.cwd / value).resolve() == app.cwd:
        return True
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or any(c in value for c in "\n\r\0"):
        notes.append(f"{here}: the variable {name[:60]} cannot be written in one line: left out")
        return True
    return False
