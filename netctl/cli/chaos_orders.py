"""What the commands of `netctl chaos` share: the fleet's scene, the question, the wait with its count-down, the end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence

from netctl.chaos import acts
from netctl.chaos.acts import Scene, Wish
from netctl.chaos.disturbance import BY_PROXY, Disturbance, open_in
from netctl.chaos.record import holding
from netctl.cli.bring_up import announce
from netctl.cli.output import Cell, PlainTalk, progress_of, say, show_json, show_table
from netctl.cli.questions import agree, agree_by_name
from netctl.cli.selection import Words, fleet_meant, only_named
from netctl.cli.world import host_of, journal_of, on_recognised_network
from netctl.durations import seconds_of
from netctl.errors import ChainError, UsageError
from netctl.fleet import Fleet
from netctl.ports import Clock, Journal

LONGEST_S = 24 * 3600.0
SHORTEST_S = 0.1
PAUSE_S = 0.1
SIGNALS = ("KILL", "TERM", "INT", "HUP", "QUIT", "ABRT", "SEGV", "BUS", "USR1", "USR2")


def span(option: str, text: str) -> float:
    """Seconds of an option's value; UsageError for what is no duration."""
    try:
        return seconds_of(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=f"write it with its unit: {option} 2s") from None


def lasting(text: str) -> float:
    """How long a disturbance holds; UsageError for no time, for ever, and for longer than a day."""
    if text in ("forever", "ever", "inf", "infinity"):
        raise UsageError(f"--for {text}: every disturbance has an end", hint="24h is the longest: --for 24h")
    seconds = span("--for", text)
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise UsageError(f"--for {text}: a disturbance holds from 100ms to 24h", hint="write for example --for 5m")
    return seconds


def signal_named(word: str) -> str:
    """A signal's name without SIG; UsageError for one that is none, or that stops instead of ending."""
    name = word.upper().removeprefix("SIG")
    if name not in SIGNALS:
        stops = ": netctl chaos stop does that, for a time" if name in ("STOP", "TSTP") else ""
        raise UsageError(f"--signal {word}: not to be sent{stops}", hint=f"one of {', '.join(SIGNALS)}")
    return name


def carry_out(words: Words, names: Sequence[str], wish: Wish, *, yes: bool, detach: bool = False) -> None:
    """Disturb these neurons; then wait until it is over, unless `detach`. Ctrl-C undoes it at once."""
    names = tuple(dict.fromkeys(names))
    fleet = only_named(fleet_meant(words), list(names))
    scene = _scene(fleet)
    acts.check(scene, wish.what, names)
    announce(fleet)
    _ask(fleet, f"{wish.what} {', '.join(names)}", yes=yes)
    # Who ends us politely means what Ctrl-C means; kill -9 leaves it to the watchdog and the proxy.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    made = acts.disturb(scene, wish, names)
    try:
        _tell(scene, made)
        if wish.what != "kill" and not detach:
            _wait(scene, made)
    except KeyboardInterrupt:
        _close(fleet, scene.journal, scene.clock, made, by="interrupt")
        say(f"undone: {', '.join(names)}")
        raise


def go_on(words: Words, names: Sequence[str]) -> None:
    """Continue these neurons and close what had stopped them."""
    fleet = only_named(fleet_meant(words), list(names))
    scene = _scene(fleet)
    acts.check(scene, "stop", names)
    acts.undo(fleet, scene.journal, scene.clock, lambda each: each.what == "stop" and each.neuron in names)
    for name in names:
        acts.continue_neuron(scene.sessions[name])
        say(f"{name}: goes on")


def take_back(words: Words, names: Sequence[str], *, everything: bool) -> None:
    """End what disturbs these neurons, or all; UsageError where neither was said."""
    if not names and not everything:
        raise UsageError("chaos undo: whose disturbances?", hint="name neurons, or say --all")
    fleet = fleet_meant(words)
    if not everything:
        only_named(fleet, list(names))
    scene = _scene(fleet)
    ended = acts.undo(fleet, scene.journal, scene.clock, lambda each: everything or each.neuron in names)
    for each in ended:
        say(f"{each.neuron}: {each.what} is over")
    if not ended:
        say("nothing disturbs " + ("the fleet" if everything else ", ".join(names)))


def show_holding(words: Words, *, as_json: bool) -> None:
    """What disturbs the fleet now."""
    fleet = fleet_meant(words)
    scene = _scene(fleet)
    now = scene.clock.now()
    found = holding(scene.journal, now)
    if as_json:
        show_json({"fleet": fleet.name, "disturbances": [each.document() for each in found]})
    elif found:
        rows = [[Cell(each.neuron, "bold"), Cell(each.told()), Cell(_left(each, now))] for each in found]
        show_table(("neuron", "what holds", "left"), rows)
    else:
        say(f"nothing disturbs {fleet.name}")


def _scene(fleet: Fleet) -> Scene:
    from netctl.adapters.clock import SystemClock

    return Scene(fleet, host_of(fleet).sessions(), journal_of(fleet), SystemClock())


def _ask(fleet: Fleet, what: str, *, yes: bool) -> None:
    """On a public network somebody must agree; on finney by typing its name."""
    if fleet.network.has_dev_accounts:
        return
    try:
        network = asyncio.run(on_recognised_network(fleet, PlainTalk())).network
    except ChainError:
        network = fleet.network
    question = f"this disturbs neurons on {network.kind}: {what}"
    if network.kind == "finney":
        agree_by_name(network, question)
    else:
        agree(question, yes=yes)


def _tell(scene: Scene, made: Sequence[Disturbance]) -> None:
    found = acts.struck(scene, made)
    for each in made:
        if each.what == "kill":
            say(f"{each.neuron}: SIG{each.signal} sent to the group of pid {each.process}")
            continue
        count = found.get(each.neuron)
        seen = "" if each.what not in BY_PROXY or count is None else f"; open connections there: {count}"
        say(f"{each.neuron}: {each.told()}{seen}")


def _wait(scene: Scene, made: Sequence[Disturbance]) -> None:
    """Count down to the end; over at once where somebody else has undone it."""
    ids = {each.id for each in made}
    with progress_of([each.neuron for each in made]) as talk:
        while (now := scene.clock.now()) < max(each.until or 0.0 for each in made):
            if not ids & {each.id for each in open_in(scene.journal.entries())}:
                say("undone by another command")
                return
            for each in made:
                talk.progress(each.neuron, "chaos", f"{each.what}, {_left(each, now)} left")
            time.sleep(PAUSE_S)
    _close(scene.fleet, scene.journal, scene.clock, made, by="time")
    say(f"over: {', '.join(each.neuron for each in made)}")


def _close(fleet: Fleet, journal: Journal, clock: Clock, made: Sequence[Disturbance], *, by: str) -> None:
    """End these; a second Ctrl-C does not keep that from being done."""
    ids = {each.id for each in made}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        acts.undo(fleet, journal, clock, lambda each: each.id in ids, by=by)
    finally:
        signal.signal(signal.SIGINT, before)


def _left(each: Disturbance, now: float) -> str:
    left_s = (each.until or now) - now
    return f"{max(0.0, left_s):.0f} s" if left_s > -acts.OBEYS_S else "overdue"
