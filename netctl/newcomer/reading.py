"""A checkout, read whole: programs, what they take and do, and what stands beside them. Nothing of it is run."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from netctl.errors import UsageError
from netctl.fleet import Role
from netctl.newcomer.arguments import arguments_of
from netctl.newcomer.belonging import nodes_of
from netctl.newcomer.facts import Checkout, Program
from netctl.newcomer.papers import papers_of
from netctl.newcomer.programs import LOOKED_FOR, Found, find_programs
from netctl.newcomer.sources import Sources, reached
from netctl.newcomer.traits import files_of, said_of, traits_of, variables_of
from netctl.newcomer.values import Evaluator


def read_checkout(root: Path, named: dict[Role, str] | None = None) -> Checkout:
    """Read it; `named` are programs that the user names, by role.

    UsageError where it is no directory, a named program is missing, or no miner is found.
    """
    root = root.expanduser().absolute()
    if not root.is_dir():
        what = "a file" if root.exists() else "nothing there"
        raise UsageError(f"{root}: expected a subnet's checkout, found {what}", hint="name the checkout's directory")
    papers, notes = papers_of(root)
    sources = Sources(root)
    found = dict(find_programs(sources, papers.run_lines))
    for role, file in (named or {}).items():
        found[role] = _named(root, role, file)
    if "miner" not in found:
        raise _no_miner(root, found.get("validator"), sources.notes)
    programs = {role: _program(sources, role, found[role]) for role in LOOKED_FOR if role in found}
    return Checkout(root, programs, papers, (*notes, *dict.fromkeys(sources.notes)))


def _named(root: Path, role: Role, file: str) -> Found:
    path = (root / file).resolve()
    if not path.is_file() or not path.is_relative_to(root.resolve()):
        raise UsageError(f"{root / file}: no file of the checkout", hint=f"--{role} is a path below {root}")
    return Found(str(PurePosixPath(path.relative_to(root.resolve()))), "certain", f"named by --{role}", ())


def _no_miner(root: Path, validator: Found | None, notes: list[str]) -> UsageError:
    usual = ", ".join(LOOKED_FOR["miner"])
    what = f"no miner found: neither {usual}, nor another file called so that is made to be run"
    if validator is not None:
        what += f"; found only the validator {validator.file}"
    if notes:
        what += f"; could not be read: {'; '.join(notes[:5])}"
    return UsageError(f"{root}: {what}", hint="name it: netctl init --from-repo PATH --miner path/to/program.py")


def _program(sources: Sources, role: Role, found: Found) -> Program:
    hit = reached(sources, found.file)
    values = Evaluator(sources, hit.roots or ("",))
    nodes = tuple(nodes_of(hit.sources, role))
    path = PurePosixPath(found.file)
    needs_module = hit.is_relative or path.stem == "__main__"
    base = "src" if path.parts[0] == "src" else ""
    parts = (path.parent if path.stem == "__main__" else path.with_suffix("")).parts[1 if base else 0 :]
    return Program(
        role=role,
        file=found.file,
        certainty=found.certainty,
        why=found.why,
        module=".".join(parts) if needs_module else None,
        paths=tuple(dict.fromkeys([base, *hit.roots])) if needs_module else hit.roots,
        others=found.others,
        arguments=arguments_of(nodes, values),
        variables=variables_of(nodes, values),
        files=files_of(nodes, values),
        said=tuple(said_of(nodes)),
        traits=traits_of(nodes, values),
    )
