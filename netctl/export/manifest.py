"""YAML that its readers agree on: those of 1.1, where ``on`` is true, and of 1.2, where ``1e3`` is a number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}


class _Dumper(yaml.SafeDumper):
    """Quotes every text that any reader could take for something else; never folds a line, makes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value)
    # A block keeps carriage returns and tabs at line ends to itself with some readers.
    style = "|" if "\n" in value and "\r" not in value and "\t" not in value else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def documents(heading: str, objects: Sequence[Mapping[str, Any]]) -> str:
    """The objects as a stream of YAML documents, under a comment."""
    text = yaml.dump_all(
        objects, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=2**31, explicit_start=True
    )
    return f"# {heading}\n{text}"
