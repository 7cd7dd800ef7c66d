"""Rules that need more than one field, over what can be read of the file: all faults at once."""

from __future__ import annotations

from collections.abc import Collection

from netctl.errors import Fault
from netctl.profile import api_keys, host_rules, naming, numbering, outside, probe_rules, trouble_rules
from netctl.profile.place import Place
from netctl.profile.source import Document


def check(document: Document, packs: Collection[str] | None) -> list[tuple[Place, Fault]]:
    """Every fault of the rules, with its place."""
    findings = (
        *naming.check(document),
        *numbering.check(document),
        *host_rules.check(document),
        *probe_rules.check(document),
        *api_keys.check(document),
        *trouble_rules.check(document),
        *outside.check(document, packs),
    )
    return [(place, document.fault(place, message, hint)) for place, message, hint in findings]
