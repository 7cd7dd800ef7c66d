"""`netctl logs`"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.logs import LogLine

app = verb()

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")


@app.command()
def logs(
    neurons: Annotated[
        list[str], typer.Argument(metavar="NEURON", autocompletion=complete_neurons, help="Neurons, or `chain`.")
    ],
    count: Annotated[int, typer.Option("-n", "--lines", metavar="N", min=0, help="How many lines of each.")] = 40,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what is added, until Ctrl-C.")] = False,
    err: Annotated[bool, typer.Option("--err", help="Their standard error instead.")] = False,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Show neurons' logs, one or several at once.

    Several are merged by time, each line behind its neuron's name. With --json one object a line.
    """
    from netctl.cli.boundary import INTERRUPTED
    from netctl.cli.selection import Words, fleet_meant
    from netctl.logs import follow as followed
    from netctl.logs import log_paths, recent

    fleet = fleet_meant(Words(profile, rehearse, network))
    names = list(dict.fromkeys(neurons))
    _check_names(fleet, names)
    paths = log_paths(fleet, names, err=err)
    if not follow:
        _say_if_none(fleet, names, paths.values())
        _put(recent(paths, count), names, as_json=as_json)
        return 0
    try:
        with closing(followed(paths, count=count)) as lines:
            _put(lines, names, as_json=as_json)
    except KeyboardInterrupt:
        pass  # nothing else ends it, so nothing was interrupted that could be gone on with
    return INTERRUPTED


def _check_names(fleet: Fleet, names: list[str]) -> None:
    from netctl.cli.selection import only_named
    from netctl.fleet import RESERVED_SESSIONS

    only_named(fleet, [name for name in names if name not in RESERVED_SESSIONS])


def _say_if_none(fleet: Fleet, names: Sequence[str], paths: Iterable[object]) -> None:
    from pathlib import Path

    from netctl.cli.output import say

    for name, path in zip(names, paths, strict=True):
        if not Path(str(path)).exists():
            say(f"{name} has written no log yet; it would be {path} ({fleet.name})")
        elif Path(str(path)).stat().st_size == 0:
            other = f"netctl logs {name}" if Path(str(path)).name.endswith(".err.log") else f"netctl logs {name} --err"
            say(f"{name} has written nothing there; see {other}")


def _put(lines: Iterable[LogLine], names: Sequence[str], *, as_json: bool) -> None:
    from netctl.cli.output import label_of, show, show_json, without_colours

    labels = {name: label_of(name, max(map(len, names)), _COLOURS[place % 8]) for place, name in enumerate(names)}
    for line in lines:
        text = without_colours(line.text, always=as_json)
        if as_json:
            show_json({"name": line.name, "line": text}, lines=True)
        else:
            show(text if len(names) == 1 else f"{labels[line.name]} {text}", flush=True)
