"""What `netctl run` prints: a table of runs, and one run whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, say, show, show_hanging, show_json, show_table
from netctl.cli.status_report import duration_text
from netctl.runs.document import neurons_text, short_document, whole_document
from netctl.runs.finding import Kept, Past
from netctl.runs.record import Change, Code, Member

SHORT = 8
_WIDTH = 10


def show_runs(state: Path, past: Past, *, as_json: bool) -> None:
    """A line for each run, the oldest first; damaged records are told on stderr."""
    if as_json:
        damaged = [{"id": one.id, "why": one.why} for one in past.damaged]
        show_json({"fleet": state.name, "runs": [short_document(kept) for kept in past.runs], "damaged": damaged})
        return
    for one in past.damaged:
        say(f"run {one.id}: {one.why}")
    if not past.runs:
        say(f"{state.name} has had no run yet: netctl fleet up begins one")
        return
    headers = ("run", "began", "ended", "ran", "blocks", "network", "profile", "code", "neurons")
    rows = [_row(kept) for kept in past.runs]
    show_table(*fitted(headers, rows, shorten={}, drop=("began", "network", "ran")))


def _row(kept: Kept) -> list[Cell]:
    run = kept.run
    return [
        Cell(run.id, "bold"),
        Cell(time_text(run.began)),
        Cell(ended_text(kept), "green" if kept.running else ""),
        Cell(duration_text(kept.seconds)),
        Cell(blocks_text(kept)),
        Cell(run.chain.kind),
        Cell(run.profile.sha256[:SHORT] or "-"),
        Cell(code_text(run.code)),
        Cell(str(len(run.neurons))),
    ]


def time_text(moment: float) -> str:
    """To the minute, in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def ended_text(kept: Kept) -> str:
    """When it ended; with ~ where nobody said so, and it was last seen then."""
    if kept.running:
        return "runs"
    return f"{'~' if kept.run.end is None else ''}{time_text(kept.until)}"


def blocks_text(kept: Kept) -> str:
    """``93-154``; what is not known is a question mark."""
    first, last = ("?" if block is None else str(block) for block in (kept.run.block, kept.last_block))
    return f"{first}-{last}"


def code_text(code: Code | None) -> str:
    """``d2c4d9a1``, with + where files differ from the commit; - for stand-ins."""
    if code is None:
        return "-"
    return "unknown" if code.commit is None else f"{code.commit[:SHORT]}{'+' if code.dirty else ''}"


def show_kept(kept: Kept, *, as_json: bool) -> None:
    """All of one run."""
    if as_json:
        show_json(whole_document(kept))
        return
    for name, text in _facts(kept):
        show_hanging(f"{name:<{_WIDTH}}", text)
    run = kept.run
    show()
    rows = [_member_row(member) for member in run.neurons]
    show_table(("name", "role", "uid", "strategy", "hotkey"), rows, cut="hotkey")
    for change in run.changes:
        show_hanging(f"{time_text(change.at)}  ", _change_text(change))


def _member_row(member: Member) -> list[Cell]:
    uid = "-" if member.uid is None else str(member.uid)
    others = (member.role, uid, member.strategy or "-", member.hotkey_ss58 or "-")
    return [Cell(member.name, "bold"), *map(Cell, others)]


def _facts(kept: Kept) -> Iterator[tuple[str, str]]:
    run = kept.run
    yield "run", f"{run.id} of {run.fleet}, {neurons_text(run)}"
    yield "began", f"{time_text(run.began)} UTC, block {'unknown' if run.block is None else run.block}"
    yield "ended", _end_text(kept)
    chain = run.chain
    yield "chain", f"subnet {chain.netuid} on {chain.kind} ({chain.endpoint}), genesis {chain.genesis or 'unknown'}"
    yield "profile", f"{run.profile.path}, sha256 {run.profile.sha256 or 'unknown'}"
    yield "code", _code_facts(run.code)
    yield "pack", f"{run.pack.name}, sha256 {run.pack.sha256 or 'unknown'}"
    yield "versions", ", ".join(_versions(kept))
    host = run.host
    yield "host", f"{host.system}, {host.architecture}, {host.cores} cores, {host.memory_bytes / 2**30:.1f} GiB"
    yield "seeds", seeds_text(run.seeds) or "none set: each neuron's hotkey decides"
    if run.time_scale != 1:
        yield "clock", f"time for the stand-ins runs {run.time_scale:g} times as fast"


def _end_text(kept: Kept) -> str:
    if kept.running:
        return f"not yet: it has run for {duration_text(kept.seconds)}, block {kept.last_block or 'unknown'} now"
    when = f"{time_text(kept.until)} UTC, after {duration_text(kept.seconds)}"
    last = "no block seen" if kept.last_block is None else f"last block seen {kept.last_block}"
    by = f"by {kept.run.end.by}" if kept.run.end is not None else "nobody said so: that is when it was last sampled"
    return f"{when}, {last}, {by}"


def _code_facts(code: Code | None) -> str:
    if code is None:
        return "the stand-ins of netctl"
    if code.commit is None:
        return f"{code.path}, unknown: {code.why}"
    changed = f", changed: {', '.join(code.changed)}" if code.changed else ""
    return f"{code.path}, {code.commit}{changed}"


def _versions(kept: Kept) -> Iterator[str]:
    found = kept.run.versions
    commit = f" ({found.netctl_commit[:12]}{'+' if '+' in found.netctl_commit else ''})" if found.netctl_commit else ""
    yield f"netctl {found.netctl}{commit}"
    yield f"Python {found.python}"
    yield f"bittensor {found.sdk or 'unknown'}"
    yield f"runtime {'unknown' if found.runtime is None else found.runtime}"


def seeds_text(seeds: dict[str, dict[str, int]]) -> str:
    """``REHEARSAL_WORLD_SEED 7 (miner_1, miner_2)``: each seed with who has it."""
    by_seed: dict[tuple[str, int], list[str]] = {}
    for name, of_neuron in seeds.items():
        for seed in of_neuron.items():
            by_seed.setdefault(seed, []).append(name)
    return "; ".join(f"{name} {value} ({', '.join(names)})" for (name, value), names in by_seed.items())


def _change_text(change: Change) -> str:
    what = [
        word for word, value in (("another profile", change.profile), ("other code", change.code)) if value is not None
    ]
    block = "" if change.block is None else f", block {change.block}"
    more = f", with {' and '.join(what)}" if what else ""
    return f"started {', '.join(change.started)}{block}{more}"
