"""The pack to begin with, as text: how the programs are run, with a comment at each guess."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from netctl.ecosystem.writing import program_words
from netctl.fleet import Role
from netctl.newcomer.annotated import Entry, Part, Remark, entry, text_of
from netctl.newcomer.facts import Checkout, Papers, Place, StateFile
from netctl.newcomer.guesses import Guess, RoleGuess
from netctl.newcomer.suggestions import signals_of

SHIM = "shim/sitecustomize.py"
"""Keeps neurons on the older bittensor from asking the internet for their address; `resi` has it too."""
MOST_FILES = 10
_PYTHONS = ("3.11", "3.10", "3.12", "3.13", "3.9")
_OFF = "Suggestions, each taken from a line that the code logs. Uncomment what you want to count; docs/signals.md."


def pack_text(checkout: Checkout, roles: Mapping[Role, RoleGuess], *, name: str) -> str:
    """pack.yaml; it loads as it stands, and with its suggestions uncommented."""
    papers = checkout.papers
    parts: list[Part] = [
        Remark(
            f"How netctl runs the neurons of {checkout.root.name}. Written by netctl, which read the code and ran "
            "none. At each guess stands where it was read and how sure that is: certain, likely, guessed. "
            "docs/packs.md explains every key, and what more a pack can say."
        ),
        *_notes(checkout, roles),
        entry("pack", name),
        entry("title", f"Neurons of {checkout.root.name}"),
        Remark(""),
        entry("needs", [entry("code", True), *_needs(roles)]),
        Remark(""),
        entry("launch", {"order": list(roles), "stagger": 0}, "Validators come when miners are ready."),
        *_install(papers),
        Remark(""),
        entry("roles", [entry(role, _role(guess, needs_shim(papers, roles))) for role, guess in roles.items()]),
    ]
    return text_of(parts)


def notes_of(checkout: Checkout, roles: Mapping[Role, RoleGuess]) -> tuple[str, ...]:
    """What the user has to look at, in the code or in what was written."""
    return tuple(dict.fromkeys((*(note for guess in roles.values() for note in guess.notes), *checkout.notes)))


def _notes(checkout: Checkout, roles: Mapping[Role, RoleGuess]) -> Iterator[Part]:
    notes = notes_of(checkout, roles)
    if notes:
        yield Remark("")
        yield Remark("Look at this first:")
        yield from (Remark(f"- {note}") for note in notes)
        yield Remark("")


def needs_shim(papers: Papers, roles: Mapping[Role, RoleGuess]) -> Guess | None:
    """Whether the shim comes with it: the code asks other neurons, on a bittensor that may be older than 10."""
    text, place = papers.sdk if papers.sdk is not None else ("", Place("requirements.txt"))
    major = re.search(r"(?:==|~=|>=|>)\s*(\d+)", text)
    asks = next((g.program.traits.asks_others for g in roles.values() if g.program.traits.asks_others), None)
    if asks is None or (major is not None and int(major[1]) >= 10):
        return None
    why = f"it asks other neurons ({asks}), which bittensor{text} lets it do only when it has looked its own address up"
    return Guess("shim", place, "likely", f"{why}; the shim answers that off the public networks")


def _needs(roles: Mapping[Role, RoleGuess]) -> Iterator[Entry]:
    files = [
        {"path": guess.program.file, "why": "the code is not the one this pack was made of"} for guess in roles.values()
    ]
    yield entry("present", [entry(None, each) for each in files])


def _install(papers: Papers) -> Iterator[Part]:
    if papers.requirements is None and papers.is_package is None:
        return
    place = papers.requirements or papers.is_package
    what = (
        ["-r", f"{{{{ code.path }}}}/{papers.requirements.file}"] if papers.requirements else ["-e", "{{ code.path }}"]
    )
    python, why = _python(papers)
    yield Remark("")
    yield entry(
        "install",
        [
            entry("python", python, why),
            entry(
                "commands",
                [
                    entry(None, ["uv", "venv", "--allow-existing", "--python", python, "{{ code.path }}/venv"]),
                    entry(None, ["uv", "pip", "install", "--python", "{{ code.python }}", *what]),
                ],
                "If today's releases of what is left open do not fit, add --exclude-newer and the day of the code.",
            ),
        ],
        f"{place} (likely): what `netctl neurons install` runs; nothing was installed yet.",
    )


def _python(papers: Papers) -> tuple[str, str]:
    if papers.interpreter_version is not None and papers.interpreter is not None:
        where = "/".join(papers.interpreter.parts[-3:])
        return papers.interpreter_version, f"{where} (certain): the interpreter that the checkout has"
    if papers.python is None:
        return _PYTHONS[0], "guessed: nothing says which Python"
    chosen = next((each for each in _PYTHONS if _satisfies(each, papers.python.text)), _PYTHONS[0])
    return chosen, f"{papers.python.place} (likely): it asks for {papers.python.text}"


def _satisfies(version: str, wanted: str) -> bool:
    """Whether ``3.11`` is taken by a requirement such as ``>=3.9,<3.12``."""
    have = tuple(map(int, version.split(".")))
    for sign, major, minor in re.findall(r"([<>=!~]=?=?)?\s*(\d+)\.(\d+)", wanted):
        asked = int(major), int(minor)
        is_met = {
            ">=": have >= asked,
            ">": have > asked,
            "<=": have <= asked,
            "<": have < asked,
            "!=": have != asked,
            "~=": have[0] == asked[0] and have >= asked,
        }.get(sign, have == asked)
        if not is_met:
            return False
    return True


def _role(guess: RoleGuess, shim: Guess | None) -> list[Part]:
    program = guess.program
    how = f"{program.file} ({program.certainty}): {program.why}"
    words = ["{{ code.python }}", *program_words(program.module or program.file)]
    parts: list[Part] = [
        entry("program", words, how),
        entry("options", [entry(o.name, o.template, str(o.guess)) for o in guess.options] or {}),
        entry("env", list(_env(guess, shim))),
    ]
    if shim is not None:
        when = "{{ '' if network.public else 'yes' }}"
        parts.append(entry("files", [entry(None, {"path": SHIM, "copy_of": SHIM, "when": when})], str(shim)))
    if guess.owns:
        parts.append(entry("owns", list(_owns(guess)), "What each must have to itself; two that share it are refused."))
    kept = [f"{file.path} ({file.place})" for file in program.files if _is_where_it_runs(file)]
    if kept:
        told = "Each neuron runs in a directory of its own, and writes there (certain):"
        parts.append(Remark(f"{told} {', '.join(kept[:MOST_FILES])}"))
    if guess.after_permits is not None:
        parts.append(entry("after_permits", True, str(guess.after_permits)))
    if guess.stake_limit is not None and program.role == "miner":
        limit = {"option": guess.stake_limit.name, "default": str(guess.stake_limit.default)}
        told = "(likely): the stake that a miner asks of a validator, told before any is bought"
        parts.append(entry("vpermit_tao_limit", limit, f"{guess.stake_limit.place} {told}"))
    return [*parts, *_ready(guess), *_probes(), entry("stop", {"signal": "TERM", "grace": 10}), *_signals(guess)]


def _is_where_it_runs(file: StateFile) -> bool:
    return not file.below_code and not file.path.startswith(("/", "~"))


def _env(guess: RoleGuess, shim: Guess | None) -> Iterator[Part]:
    program = guess.program
    roots = [f"{{{{ code.path }}}}/{path}" if path else "{{ code.path }}" for path in program.paths]
    path = ":".join([*(["{{ paths.files }}/shim"] if shim is not None else []), *(roots or ["{{ code.path }}"])])
    yield entry("PYTHONPATH", path, f"{program.file} (certain): its own imports start there")
    yield entry("PYTHONUNBUFFERED", "1", "So that what is printed is in the log at once.")
    if program.traits.uses_wandb is not None:
        told = f"{program.traits.uses_wandb} (likely): it reports to W&B; not off the public networks"
        yield entry("WANDB_MODE", "{{ '' if network.public else 'disabled' }}", told)
    for variable in guess.variables:
        yield entry(variable.name, variable.template, str(variable.guess))


def _owns(guess: RoleGuess) -> Iterator[Entry]:
    for one in guess.owns:
        said: dict[str, str] = {"what": one.what}
        if one.kind != "file":
            said["kind"] = one.kind
        said["option"] = one.option
        if one.default is not None:
            said["default"] = one.default
        if one.below_code:
            said["root"] = "code"
        yield entry(None, said)


def _ready(guess: RoleGuess) -> Iterator[Part]:
    """Only what cannot keep a good neuron from being ready is on."""
    below: list[Part] = []
    if guess.listens is not None and guess.has_port:
        below.append(entry("port", True, str(guess.listens)))
    if guess.announces is not None:
        below.append(entry("axon_served", True, f"{guess.announces}; uncomment it when you have seen that", off=True))
    if not below:
        yield Remark("Nothing was seen that says when it is ready: it counts as ready once it runs. docs/probes.md")
        return
    is_on = any(isinstance(each, Entry) and not each.off for each in below)
    if not is_on:
        yield Remark("ready: is left out: nothing safe was seen to wait for. docs/probes.md")
        yield entry("ready", [entry("axon_served", True)], str(guess.announces), off=True)
        return
    yield entry("ready", below)
    yield entry("ready_within", "3m", "guessed: connecting to the chain and reading the metagraph take their time")


def _probes() -> Iterator[Part]:
    probes = [
        entry(None, {"name": "thread", "kind": "no_line", "match": "^Exception in thread"}),
        entry(None, {"name": "registered", "kind": "registered"}),
        entry(None, {"name": "silent", "kind": "output", "within": "30m"}, off=True),
    ]
    yield entry("probes", probes, "They name what is wrong and restart nothing: docs/probes.md.")


def _signals(guess: RoleGuess) -> Iterator[Part]:
    found = signals_of(guess.program.said)
    if not found:
        return
    items = [entry(None, [entry(key, value) for key, value in signal.items()]) for _, signal in found]
    yield entry("signals", items, _OFF, off=True)
