"""Which version of the subnet's code a fleet runs: what its checkout holds now, and the label that a start leaves."""

from __future__ import annotations

from collections.abc import Mapping

from netctl import __version__, packs
from netctl.checkout import CodeVersion, code_version
from netctl.errors import NetctlError
from netctl.fleet import Fleet

CODE = "code"
"""The label of a session: the mark of what its checkout held when it was started."""


def code_now(fleet: Fleet) -> CodeVersion | None:
    """What the fleet's checkout holds, but for what its programs write themselves; None for stand-ins. Runs git.

    Never raises: `why` of what it returns says what was in the way.
    """
    if fleet.code.path is None:
        return None
    try:
        pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    except NetctlError as error:
        return CodeVersion(None, why=error.message)
    return code_version(fleet.code.path, ignoring=pack.spec.rewrites)


def label_of(version: CodeVersion | None) -> Mapping[str, str]:
    """The label of a session that is started now; none where the version cannot be told."""
    return {} if version is None or version.mark is None else {CODE: version.mark}


def told_of(mark: str | None, now: CodeVersion | None) -> tuple[str | None, str | None]:
    """What a session with this mark runs, for people, and what its checkout holds since where that is another version.

    None is what nobody knows. `now` is None where the fleet's programs are stand-ins, which are netctl's own.
    """
    if now is None:
        return f"netctl {__version__}", None
    if mark is None:
        return (str(now), None) if now.mark is None else (None, str(now))
    if mark == now.mark:
        return str(now), None
    commit, _, digest = mark.partition("+")
    return f"{commit[:12]}, changed" if digest else commit[:12], str(now)
