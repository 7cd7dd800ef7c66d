"""What rendering alone shows under a given pack: who is blocked, what is told, what a strategy comes to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from netctl.errors import NetctlError
from netctl.fleet import Fleet, Network, Strategy
from netctl.heard import miners_under
from netctl.identity.reading import uses_of
from netctl.money import tao_short
from netctl.provenance import code_now
from tests.checkouts import git
from tests.resi.bench import Bench
from tests.resi.fleet import copied_checkout
from tests.resi.launched import Seen

PERIOD = "MINER_EVAL_PERIOD_MINUTES"


def loads(bench: Bench, pack: Path | None) -> str:
    """Whether netctl takes the pack at all."""
    try:
        bench.pack(pack)
    except NetctlError as error:
        faults = getattr(error, "faults", ())
        return f"refused: {error} {' '.join(f'{fault.field} {fault.message}' for fault in faults)}"
    return "taken"


def no_code(bench: Bench, pack: Path | None) -> str:
    """A profile without a path of the subnet's code."""
    fleet = bench.changed("miner_1")
    found = bench.rendered(replace(fleet, code=replace(fleet.code, path=None)), pack)
    return found.blocked[0].why if found.blocked else f"starts {' '.join(found.rendered[0].argv[:2])}"


def lacks(name: str) -> Seen:
    """A checkout without that file."""

    def seen(bench: Bench, pack: Path | None) -> str:
        code = copied_checkout(bench.place / f"checkout{next(bench.numbers)}")
        (code / name).unlink()
        fleet = bench.changed("miner_1")
        found = bench.rendered(replace(fleet, code=replace(fleet.code, path=code)), pack)
        return found.blocked[0].why if found.blocked else "starts"

    return seen


def rewritten(bench: Bench, pack: Path | None) -> str:
    """What netctl says of a checkout into which a validator has written its jobs."""
    code = copied_checkout(bench.place / f"checkout{next(bench.numbers)}")
    git(code, "init", "-q")
    git(code, "add", ".")
    git(code, "commit", "-qm", "as it came")
    (code / "dynamic_desirability" / "total.json").write_text("[]")
    fleet = replace(bench.fleet, code=replace(bench.fleet.code, path=code, pack=str(pack or "resi")))
    found = code_now(fleet)
    return "not told" if found is None or found.dirty is None else "dirty" if found.dirty else "clean"


def told(**minutes: str | None) -> Seen:
    """The notes on a fleet in which only these neurons are given a period by the profile."""

    def seen(bench: Bench, pack: Path | None) -> str:
        neurons = []
        for neuron in bench.fleet.neurons:
            env = {name: value for name, value in neuron.env if name != PERIOD}
            env |= {PERIOD: minutes[neuron.role]} if neuron.role in minutes else {}
            neurons.append(replace(neuron, env=tuple(env.items())))
        found = bench.rendered(replace(bench.fleet, neurons=tuple(neurons)), pack)
        return " ".join(note for note in found.notes if PERIOD in note) or "not told"

    return seen


def limit(bench: Bench, pack: Path | None) -> str:
    """The stake that netctl says the fleet's miners ask of a validator, here and on the testnet."""
    try:
        under = bench.pack(pack)
    except NetctlError as error:
        return f"refused: {error}"
    testnet = replace(bench.fleet, network=Network("test", "wss://t"), netuid=428)
    limits = [tao_short(miners_under(under, fleet).limit_rao) for fleet in (bench.fleet, testnet)]
    return f"here {limits[0]}, on the testnet {limits[1]}"


def by_hand(role: str, *words: str) -> Seen:
    """What a process has that only one may, if somebody starts it by hand, beside its program in the checkout."""

    def seen(bench: Bench, pack: Path | None) -> str:
        try:
            rendered = bench.rendered(bench.changed(f"{role}_1"), pack)
        except NetctlError as error:
            return f"refused: {error}"
        place = f"{bench.fleet.code.path}/neurons"
        uses = uses_of(("python3", f"{role}.py", *words), place, {}, rendered.exclusives)
        return "; ".join(f"{use.what} {use.value}" for use in uses) or "nothing"

    return seen


def orders(name: str, *zipcodes: str) -> Seen:
    """What a miner with that strategy is told to scrape, how often, and what netctl says of it."""

    def seen(bench: Bench, pack: Path | None) -> str:
        return _orders(bench, pack, Strategy(name, zipcodes, None))

    return seen


def no_orders(bench: Bench, pack: Path | None) -> str:
    """A miner whose profile gives it no strategy."""
    return _orders(bench, pack, None)


def _orders(bench: Bench, pack: Path | None, strategy: Strategy | None) -> str:
    try:
        found = bench.rendered(_alone(bench, strategy), pack)
    except NetctlError as error:
        return f"refused: {error}"
    contents = [file.content for file in found.rendered[0].files if file.path.name == "scraping_config.json"]
    parts: list[dict[str, Any]] = json.loads(contents[0])["scraper_configs"] if contents else []
    labels = [label for part in parts for each in part["labels_to_scrape"] for label in each["label_choices"]]
    seconds = [part["cadence_seconds"] for part in parts]
    return f"{' '.join(labels) or 'everywhere'} every {seconds} {' '.join(found.notes)}"


def _alone(bench: Bench, strategy: Strategy | None) -> Fleet:
    return bench.changed("miner_1", strategy=strategy)
