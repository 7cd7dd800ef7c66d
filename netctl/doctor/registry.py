"""Every row of the doctor, by area, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from netctl.doctor import chain, files, incentives, interpreter, keys, machine, money, swarm
from netctl.doctor.finding import Area, Finding, Row, find
from netctl.doctor.seen import Absent, Seen

ROWS: Mapping[Area, tuple[Row, ...]] = MappingProxyType(
    {
        "machine": machine.ROWS,
        "interpreter": interpreter.ROWS,
        "chain": chain.ROWS,
        "money": money.ROWS,
        "files": files.ROWS,
        "keys": keys.ROWS,
        "incentives": incentives.ROWS,
        "swarm": swarm.ROWS,
    }
)


@dataclass(frozen=True, slots=True)
class Report:
    """One visit: every row's finding. `fleet` and `network` are None where no profile was looked at."""

    fleet: str | None
    network: str | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no row failed; warnings, and rows not looked at, do not count."""
        return all(finding.verdict != "failed" for finding in self.findings)

    def document(self) -> dict[str, Any]:
        """The same as JSON: ``{"ok", "fleet", "network", "rows": [...]}``."""
        rows = [{**asdict(finding), "next": finding.next or None} for finding in self.findings]
        return {"ok": self.ok, "fleet": self.fleet, "network": self.network, "rows": rows}


def examine(seen: Seen) -> Report:
    """Judge every row, those of a swarm only where the fleet has one; pure."""
    areas = [(area, rows) for area, rows in ROWS.items() if area != "swarm" or seen.swarm is not None]
    findings = tuple(find(area, row, seen) for area, rows in areas for row in rows)
    if isinstance(seen.fleet, Absent):
        return Report(None, None, findings)
    return Report(seen.fleet.name, seen.fleet.network.endpoint or seen.fleet.network.kind, findings)
