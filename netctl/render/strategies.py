"""A miner's strategy: the plan's three fields, or a name that the pack knows, turned into zipcodes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from netctl.fleet import Strategy
from netctl.pack_model import NamedStrategy, ZipcodeList
from netctl.packs import Pack
from netctl.profile.suggest import did_you_mean

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Orders:
    """What a miner is told. No zipcodes means every zipcode; `warnings` are for the operator."""

    name: str
    target_zipcodes: tuple[str, ...]
    scrape_frequency_s: int | None
    warnings: tuple[str, ...] = ()


def zipcode_rows(spec: ZipcodeList | None, content: bytes | None) -> tuple[Row, ...] | None:
    """The rows of the list of zipcodes; None where the pack has no list or its file cannot be read."""
    if spec is None or content is None:
        return None
    rows = tuple(csv.DictReader(io.StringIO(content.decode("utf-8", errors="replace"))))
    return rows if rows and spec.zipcode in rows[0] else None


def orders(strategy: Strategy, pack: Pack, rows: Sequence[Row] | None) -> Orders:
    """The profile's zipcodes where it names any, else the pack's of that name; unknown ones are kept and warned of."""
    named = pack.spec.strategies.get(strategy.name)
    warnings: list[str] = []
    if strategy.target_zipcodes:
        targets = strategy.target_zipcodes
    elif named is not None:
        targets = _targets(named, pack.spec.zipcodes, rows or ())
        if not targets and (named.where or named.first_rank or named.last_rank):
            warnings.append(f"strategy {strategy.name}: no zipcode of the list fits, so it looks everywhere")
    else:
        targets = ()
        hint = did_you_mean(strategy.name, pack.spec.strategies)
        known = hint or f"the pack knows {', '.join(pack.spec.strategies) or 'none'}"
        warnings.append(f"strategy {strategy.name} names no zipcodes, so it looks everywhere; {known}")
    warnings += _unknown(targets, pack.spec.zipcodes, rows)
    frequency = strategy.scrape_frequency_s or (named.scrape_frequency if named is not None else None)
    return Orders(strategy.name, tuple(dict.fromkeys(targets)), frequency, tuple(warnings))


def _targets(named: NamedStrategy, spec: ZipcodeList | None, rows: Sequence[Row]) -> tuple[str, ...]:
    if named.target_zipcodes or spec is None:
        return named.target_zipcodes
    if not (named.where or named.first_rank or named.last_rank):
        return ()
    return tuple(row[spec.zipcode] for row in rows if _fits(row, named, spec))


def _fits(row: Row, named: NamedStrategy, spec: ZipcodeList) -> bool:
    if any(row.get(column) not in values for column, values in named.where.items()):
        return False
    if spec.rank is None or (named.first_rank is None and named.last_rank is None):
        return True
    text = row.get(spec.rank, "")
    return text.isdigit() and (named.first_rank or 0) <= int(text) <= (named.last_rank or int(text))


def _unknown(targets: Sequence[str], spec: ZipcodeList | None, rows: Sequence[Row] | None) -> list[str]:
    if spec is None or rows is None:
        return []
    known = {row[spec.zipcode] for row in rows}
    strange = [zipcode for zipcode in targets if zipcode not in known]
    if not strange:
        return []
    noun = "zipcode" if len(strange) == 1 else "zipcodes"
    return [f"{len(strange)} {noun} not in {spec.path}: {', '.join(strange[:10])}{' ...' if len(strange) > 10 else ''}"]
