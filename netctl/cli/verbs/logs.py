"""`netctl logs`"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.names import complete_levels, complete_neurons
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.logs import Source

app = verb()

USUAL_LINES = 40


@app.command(
    examples=("netctl logs miner_3", "netctl logs miner_1 miner_2 -f", "netctl logs --since 10m --level WARNING")
)
def logs(
    neurons: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NEURON",
            autocompletion=complete_neurons,
            help="Neurons, `chain` or `supervisor`; without a name all neurons.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("-n", "--lines", metavar="N", min=0, help="How many lines of each; 40, with --since all."),
    ] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what is added, until Ctrl-C.")] = False,
    grep: Annotated[
        list[str] | None, typer.Option("--grep", metavar="REGEX", help="Lines that have it; of several, one of them.")
    ] = None,
    ignore_case: Annotated[
        bool, typer.Option("-i", "--ignore-case", help="Large and small letters are alike.")
    ] = False,
    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            metavar="LEVEL",
            autocompletion=complete_levels,
            help="Lines at least as loud: DEBUG, WARNING, ERROR...",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From 10m ago, 12:00 or 2026-11-28T12:00 on.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Up to then; without -f.")] = None,
    err: Annotated[bool, typer.Option("--err", help="Their standard error instead.")] = False,
    both: Annotated[bool, typer.Option("--all", help="Both, in the order of time.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The very bytes that were written, colours and all.")] = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Show neurons' logs, one or several at once.

    Several are merged by time, each line behind its neuron's name; what was rotated away is read as well. With --json
    one object a line.
    """
    from netctl.cli.boundary import INTERRUPTED
    from netctl.cli.log_lines import choice_of, pause, say_if_none, show_lines
    from netctl.cli.selection import Words, fleet_meant
    from netctl.logs import between, recent
    from netctl.logs import follow as followed

    _check(follow=follow, until=until, err=err, both=both, raw=raw, as_json=as_json)
    choice = choice_of(grep or (), ignore_case=ignore_case, level=level, since=since, until=until)
    fleet = fleet_meant(Words(profile, rehearse, network))
    sources = _sources(fleet, list(dict.fromkeys(neurons or ())), err=err, both=both)
    if count is None and since is None:
        count = USUAL_LINES
    if not follow:
        say_if_none(sources)
        lines = between(sources, choice) if count is None else iter(recent(sources, count, choice))
        show_lines(lines, sources, as_json=as_json, raw=raw)
        return 0
    try:
        with closing(followed(sources, count=count, choice=choice, sleep=pause)) as news:
            show_lines(news, sources, as_json=as_json, raw=raw)
    except KeyboardInterrupt:
        pass  # nothing else ends it, so nothing was interrupted that could be gone on with
    return INTERRUPTED


def _check(*, follow: bool, until: str | None, err: bool, both: bool, raw: bool, as_json: bool) -> None:
    from netctl.errors import UsageError

    if follow and until is not None:
        raise UsageError("--follow goes on, and --until ends", hint="leave one of them out")
    if err and both:
        raise UsageError("--err is standard error alone, and --all is both", hint="leave one of them out")
    if raw and as_json:
        raise UsageError("--raw is bytes, and --json is text", hint="leave one of them out")


def _sources(fleet: Fleet, names: list[str], *, err: bool, both: bool) -> list[Source]:
    from netctl.cli.selection import only_named
    from netctl.fleet import RESERVED_SESSIONS
    from netctl.layout import error_log_of, log_of
    from netctl.logs import Source

    only_named(fleet, [name for name in names if name not in RESERVED_SESSIONS])
    sources = []
    for name in names or [neuron.name for neuron in fleet.neurons]:
        if not err:
            sources.append(Source(name, log_of(fleet, name)))
        if err or both:
            sources.append(Source(name, error_log_of(fleet, name), "stderr"))
    return sources
