"""All that is known of the selected neuron, as a text."""

from __future__ import annotations

from rich.text import Text

from netctl.cli.log_lines import harmless
from netctl.cli.status_report import STYLES, uid_text
from netctl.durations import short
from netctl.live.recorded import KINDS, Kind
from netctl.live.rows import Picture, Row
from netctl.live.tracks import blocks
from netctl.live.words import ago, alpha_text, bytes_text, percent, score_text, share, span

DRAWN = 24
VALIDATORS = 8
"""So many verdicts are told one by one."""

_FORMATS = {"score": score_text, "incentive": share, "cpu": percent, "memory": bytes_text}


def about(row: Row, picture: Picture) -> Text:
    """Its state, keys, place on the chain, verdicts, and what is drawn over time; the most wanted first."""
    status, now = row.status, picture.report.at
    text = Text()
    text.append(status.state, "red" if status.problem is not None else STYLES.get(status.state, "red"))
    _facts(
        text,
        {True: " ready", False: " not ready", None: ""}[status.ready],
        f"pid {status.pid}, up {short(status.uptime_s or 0)}" if status.pid is not None else None,
        f"{status.restarts} restarts" if status.restarts else None,
        f"uid {uid_text(status)}",
        f"axon {status.axon}" if status.axon else None,
    )
    if status.problem is not None:
        text.append(f"\n{harmless(status.problem)}", "red")
    text.append("\n")
    _facts(
        text,
        f"score {score_text(row.score)}",
        f"incentive {share(row.incentive)}",
        f"{alpha_text(row.emission_rao)} alpha an epoch",
        f"cpu {percent(row.cpu)}",
        f"memory {bytes_text(row.memory_bytes)}",
        f"last evaluation {ago(row.evaluated_at, now)} ago" if row.evaluated_at is not None else None,
    )
    for verdict in row.verdicts[:VALIDATORS]:
        text.append(f"\n  {verdict.validator}: ", "bold")
        _facts(
            text,
            score_text(verdict.score),
            f"credibility {share(verdict.credibility)}" if verdict.credibility is not None else None,
            f"{ago(verdict.time, now)} ago",
        )
    if len(row.verdicts) > VALIDATORS:
        text.append(f"\n  and {len(row.verdicts) - VALIDATORS} more: netctl validators")
    for kind in KINDS:
        _over_time(text, kind, row, picture)
    text.append(
        f"\n{status.role}, wallet {status.wallet}, hotkey {status.hotkey}\n{status.hotkey_ss58 or 'no hotkey'}\n"
    )
    _facts(text, f"balance {_amount(status.balance_tao)}", f"stake {_amount(status.stake_tao)}")
    return text


def _facts(text: Text, *facts: str | None) -> None:
    text.append(", ".join(fact for fact in facts if fact is not None))


def _over_time(text: Text, kind: Kind, row: Row, picture: Picture) -> None:
    points = row.over_time.get(kind)
    if points:
        drawn = blocks(points, DRAWN, picture.since, picture.report.at)
        text.append(f"\n{kind:<10}")
        text.append(drawn, "cyan")
        top = max(value for _, value in points)
        text.append(f" top {_FORMATS[kind](top)} in {span(picture.report.at - picture.since)}")


def _amount(tao: str | None) -> str:
    return "?" if tao is None else tao[:-5]
