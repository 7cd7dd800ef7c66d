"""One neuron, rendered: every file it is started with, and the session that starts it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from netctl.capsules.labels import ENVIRONMENT
from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet, NeuronSpec
from netctl.identity.claims import Claims, claims_of, exclusives_of
from netctl.layout import env_of, error_log_of, files_of, log_of, work_of
from netctl.pack_model import RoleSpec
from netctl.packs import Pack, jinja
from netctl.parts import CODE, INTERPRETER, Parts, parts_of
from netctl.placement import Placement
from netctl.placing import port_labels
from netctl.ports import Exclusive, SessionSpec
from netctl.render import session as session_file
from netctl.render.behind import labels_of
from netctl.render.context import context
from netctl.render.environment import MARKER, Environment, dotenv_text, environment
from netctl.render.files import OneFile
from netctl.render.launcher import FORM, Launcher, script
from netctl.render.needs import unmet
from netctl.render.placed import copied, placement_of, seeded, settings_of, with_start
from netctl.render.sources import Sources, place
from netctl.render.strategies import Orders, orders, zipcode_rows
from netctl.step import Blocked

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one neuron is started with. `seeds` are written only where they are missing.

    `environ` is the whole environment, `secrets` are the values of it to mask, and `public` holds the variables that
    may be shown. `claims` is what it must have to itself, by the `exclusives` of its role.
    """

    neuron: str
    files: tuple[OneFile, ...]
    seeds: tuple[OneFile, ...]
    directories: tuple[Path, ...]
    session: SessionSpec
    argv: tuple[str, ...]
    secrets: frozenset[str] = field(repr=False)
    public: Mapping[str, str]
    environ: Mapping[str, str] = field(repr=False)
    exclusives: tuple[Exclusive, ...]
    claims: Claims

    def variable(self, name: str) -> str | None:
        """The value of a variable that is no secret, else None."""
        return self.public.get(name)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A neuron rendered, or what keeps it from that; `notes` are worth saying either way."""

    neuron: str
    rendered: Rendered | None
    blocked: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = ()


def render(fleet: Fleet, neuron: NeuronSpec, pack: Pack, operator: Mapping[str, str], sources: Sources) -> Rendering:
    """Render one neuron. Pure: the same arguments give the same bytes, and nothing is read or written.

    `operator` is the operator's environment, for `$NAME`. PrerequisiteError for a template that fails.
    """
    role = pack.role(neuron.role)
    told = _orders(neuron, pack, sources, fleet)
    names = context(fleet, neuron, told)
    env = environment(
        fleet,
        neuron,
        own=own_variables(fleet, neuron),
        pack=[
            (key, text) for key, value in role.env.items() if (text := rendered_text(pack, f"env {key}", value, names))
        ],
        operator=operator,
        sources=sources,
    )
    notes = tuple(f"{neuron.name}: {note}" for note in (*(told.warnings if told else ()), *env.notes))
    blocked = [Blocked(neuron.name, why, "export it, or write it into an env_file") for why in env.missing]
    blocked += unmet(fleet, neuron, pack, env, sources)
    if blocked:
        return Rendering(neuron.name, None, tuple(blocked), notes)
    argv = _argv(neuron, pack, role, names)
    configs = (*_configs(fleet, neuron, pack, role, names), *_copies(fleet, neuron, sources))
    is_placed = neuron.placing is not None
    words, environ, bringing, said = with_start(fleet, neuron, argv, env) if is_placed else (argv, env.values(), (), ())
    notes += tuple(f"{neuron.name}: {note}" for note in said)
    launcher = Launcher(
        name=neuron.name,
        argv=words,
        environ=environ,
        cwd=work_of(fleet, neuron.name),
        stdout=log_of(fleet, neuron.name),
        stderr=error_log_of(fleet, neuron.name),
        stop_signal=role.stop.signal,
        grace_s=role.stop.grace,
    )
    start = OneFile(files_of(fleet, neuron.name) / "launch.sh", script(launcher))
    own = tuple(launcher.cwd / path for path in ("home", *role.directories))
    seeds = _seeds(fleet, neuron, pack, role, sources)
    aboard = seeded(fleet, neuron, seeds) if is_placed else ()
    sent = (*configs, *bringing, *(file for file, _ in aboard), start)
    placement = placement_of(
        fleet,
        neuron,
        sources,
        files=[file.path for file in sent],
        seeds=[(file.path, to) for file, to in aboard],
        directories=(launcher.cwd, *own),
        grace_s=launcher.grace_s,
    )
    people = OneFile(env_of(fleet, neuron.name), dotenv_text(neuron.name, env, fleet.profile_path).encode())
    session = SessionSpec(
        name=neuron.name,
        launcher=start.path,
        cwd=launcher.cwd,
        stdout=launcher.stdout,
        stderr=launcher.stderr,
        spec_hash=_digest(fleet, start, (*configs, *bringing), placement),
        labels=(
            (ENVIRONMENT, env.digest()),
            *port_labels(neuron),
            *labels_of(neuron, [*argv, *env.values().values(), *(_decoded(file) for file in configs)]),
        ),
        parts=_parts(fleet, launcher, argv, env, configs, placement).text(),
        placement=placement,
    )
    directories = (launcher.cwd, *own, launcher.stdout.parent, fleet.state / "cache")
    files = (people, *sent, OneFile(start.path.parent / session_file.FILE, session_file.encoded(session)))
    work = str(launcher.cwd)
    exclusives = exclusives_of(role, argv, str(fleet.code.path or ""))
    rendered = Rendered(
        neuron=neuron.name,
        files=files,
        seeds=() if is_placed else seeds,
        directories=directories,
        session=session,
        argv=argv,
        secrets=env.secrets(),
        public={**env.public(), "PWD": work},
        environ={**env.values(), "PWD": work},
        exclusives=exclusives,
        claims=claims_of(fleet, neuron, argv, work, env.values(), exclusives),
    )
    return Rendering(neuron.name, rendered, (), notes)


def command_line(fleet: Fleet, neuron: NeuronSpec, pack: Pack, sources: Sources) -> tuple[str, ...]:
    """The words that start a neuron, also where something else still keeps it from being rendered."""
    names = context(fleet, neuron, _orders(neuron, pack, sources, fleet))
    return _argv(neuron, pack, pack.role(neuron.role), names)


def _orders(neuron: NeuronSpec, pack: Pack, sources: Sources, fleet: Fleet) -> Orders | None:
    if neuron.strategy is None:
        return None
    spec = pack.spec.zipcodes
    path = place(spec.root, spec.path, fleet, pack) if spec is not None else None
    return orders(neuron.strategy, pack, zipcode_rows(spec, sources.read(path) if path is not None else None))


def own_variables(fleet: Fleet, neuron: NeuronSpec) -> list[tuple[str, str]]:
    """What netctl itself puts into every neuron's environment."""
    return [
        ("HOME", str(work_of(fleet, neuron.name) / "home")),
        ("LANG", "C.UTF-8"),
        (MARKER, f"{fleet.state}/{neuron.name}"),
        ("PATH", f"{fleet.code.python.parent}:{SYSTEM_PATH}"),
        ("TERM", "xterm-256color"),
    ]


def _argv(neuron: NeuronSpec, pack: Pack, role: RoleSpec, names: Mapping[str, Any]) -> tuple[str, ...]:
    """The pack's program and options; the profile's options come over the pack's of the same name."""
    given = {f"--{name}": value for name, value in neuron.args}
    words = [rendered_text(pack, "program", word, names) for word in role.program]
    for option, value in role.options.items():
        if option in given:
            continue
        text = None if value is None else rendered_text(pack, f"option {option}", value, names)
        if text != "":
            words += [option] if text is None else [option, text]
    for option, text in given.items():
        words += [option] if text is None else [option, text]
    return tuple(words)


def _configs(
    fleet: Fleet, neuron: NeuronSpec, pack: Pack, role: RoleSpec, names: Mapping[str, Any]
) -> Sequence[OneFile]:
    found = []
    for file in role.files:
        if not rendered_text(pack, f"when of {file.path}", file.when, names).strip():
            continue
        text = (
            pack.texts[file.copy_of]
            if file.copy_of
            else rendered_text(pack, str(file.template), pack.texts[str(file.template)], names)
        )
        found.append(OneFile(files_of(fleet, neuron.name) / file.path, text.encode()))
    return found


def _copies(fleet: Fleet, neuron: NeuronSpec, sources: Sources) -> list[OneFile]:
    """The profile's `files:`, into the working directory; that they can be read was checked before."""
    return [
        OneFile(
            work_of(fleet, neuron.name) / target if neuron.placing is None else copied(fleet, neuron, target), content
        )
        for target, path in neuron.files
        if (content := sources.read(path)) is not None
    ]


def _seeds(fleet: Fleet, neuron: NeuronSpec, pack: Pack, role: RoleSpec, sources: Sources) -> tuple[OneFile, ...]:
    found = []
    for seed in role.seeds:
        path = place(seed.root, seed.source, fleet, pack)
        content = sources.read(path) if path is not None else None
        if content is not None:
            found.append(OneFile(work_of(fleet, neuron.name) / seed.path, content))
    return tuple(found)


def rendered_text(pack: Pack, what: str, template: str, names: Mapping[str, Any]) -> str:
    """A value of pack.yaml with the names of one neuron filled in; PrerequisiteError says `what` cannot be."""
    try:
        return jinja().from_string(template).render(names)
    except TemplateError as exc:
        raise PrerequisiteError(
            f"pack {pack.name}, {what}: {exc}", hint="docs/packs.md lists the names that a template may use"
        ) from exc


def _parts(
    fleet: Fleet,
    launcher: Launcher,
    argv: Sequence[str],
    env: Environment,
    configs: Sequence[OneFile],
    placement: Placement | None,
) -> Parts:
    """The same as `_digest` sees, for people."""
    roots = (files_of(fleet, launcher.name), work_of(fleet, launcher.name))
    return parts_of(
        f"{fleet.state}/{launcher.name}",
        argv,
        env.values(),
        env.public(),
        {
            str(next(file.path.relative_to(r) for r in roots if file.path.is_relative_to(r))): file.content
            for file in configs
        },
        {
            INTERPRETER: str(fleet.code.python),
            CODE: str(fleet.code.path or ""),
            "working directory": str(launcher.cwd),
            "log": str(launcher.stdout),
            "error log": str(launcher.stderr),
            "stop signal": launcher.stop_signal,
            "grace": f"{launcher.grace_s:g} s",
            "netctl's own launcher": FORM,
            **settings_of(placement),
        },
    )


def _decoded(file: OneFile) -> str:
    return file.content.decode(errors="replace")


def _digest(fleet: Fleet, start: OneFile, configs: Sequence[OneFile], placement: Placement | None) -> str:
    """One-way, over all that reaches the process: the launcher (argv, environment), files, code, interpreter.

    Of a neuron on another machine also over how the engine runs it.
    """
    parts = [str(fleet.code.path), str(fleet.code.python), sha256(start.content).hexdigest()]
    parts += [f"{file.path} {sha256(file.content).hexdigest()}" for file in configs]
    parts += [f"{name} {value}" for name, value in settings_of(placement).items()]
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
