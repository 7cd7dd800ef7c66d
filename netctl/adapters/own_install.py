"""How netctl itself came to this machine: out of a wheel, by an editable install, or run from a checkout as it lies."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from netctl.checkout import CodeVersion, code_version

PACKAGE = Path(__file__).parents[1]
_FOR_DEVELOPERS = re.compile(r"extra == ['\"](test|dev)['\"]")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """`by` is what installed it (uv tool, pipx, uv, pip), `place` the package's directory, or its checkout's.

    `code` is the checkout's version, of an install from a repository the commit that was taken; None for other wheels.
    """

    kind: Literal["wheel", "editable", "checkout"]
    by: str | None
    place: Path
    code: CodeVersion | None


def own_install(package: Path = PACKAGE, prefix: Path | None = None) -> Install:
    """Of the netctl that runs; asks git two or three times where it lies in a checkout. Never raises."""
    found, prefix = _distribution(), prefix or Path(sys.prefix)
    told = _direct_url(found)
    if found is not None and _is_of(found, package):
        commit = told.get("vcs_info", {}).get("commit_id")
        return Install(
            kind="wheel", by=_installer(found, prefix), place=package, code=CodeVersion(commit) if commit else None
        )
    checkout = package.parent
    if found is not None and told.get("dir_info", {}).get("editable") and _path_of(told) == checkout:
        return Install(kind="editable", by=_installer(found, prefix), place=checkout, code=code_version(checkout))
    return Install(kind="checkout", by=None, place=checkout, code=code_version(checkout))


def versions_beside() -> dict[str, str]:
    """The versions of what netctl runs on, by name, in the order of its metadata; empty where it is not installed."""
    found = _distribution()
    lines = [line for line in (found.requires or () if found else ()) if not _FOR_DEVELOPERS.search(line)]
    names = [match[0] for line in lines if (match := _NAME.match(line))]
    return {name: number for name in dict.fromkeys(names) if (number := version_of(name)) is not None}


def version_of(name: str) -> str | None:
    """The version of an installed distribution, which is not imported; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def chain_spec(package: Path = PACKAGE) -> int | None:
    """The spec version of the embedded chain's runtime, which is not loaded; None where its files are not there."""
    try:
        return int(json.loads((package / "devchain" / "data" / "manifest.json").read_text("utf-8"))["spec_version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _distribution() -> Distribution | None:
    try:
        return distribution("netctl")
    except PackageNotFoundError:
        return None


def _is_of(found: Distribution, package: Path) -> bool:
    """Whether the package lies where the distribution's files were put; an editable one's lie elsewhere."""
    return Path(str(found.locate_file("netctl"))).resolve() == package.resolve()


def _direct_url(found: Distribution | None) -> dict[str, Any]:
    """PEP 610's record of where it was installed from; empty where it came from an index."""
    try:
        told = json.loads((found.read_text("direct_url.json") if found is not None else None) or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _path_of(told: dict[str, Any]) -> Path:
    return Path(unquote(urlsplit(str(told.get("url", ""))).path))


def _installer(found: Distribution, prefix: Path) -> str | None:
    if (prefix / "uv-receipt.toml").is_file():
        return "uv tool"
    if (prefix / "pipx_metadata.json").is_file():
        return "pipx"
    return (found.read_text("INSTALLER") or "").strip() or None
