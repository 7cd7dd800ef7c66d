"""How soon `netctl dashboard` paints, and how soon a change of the store is on the page, measured in Chromium.

    python benchmarks/dashboard.py [--neurons 64] [--hours 24] [--rounds 7] [--updates 12]
        [--height 4600] [--picture FILE]

The store is written as a supervisor writes it: logs in RESI's words, five minutes between two verdicts, read by the
pack's signals, a sample of what each neuron uses every 15 seconds, the chain each minute. A map of 7572 zipcodes is
shown too. Then, in a window so tall that every chart is in it:

1. the page is opened anew in each round: until the first paint, and until all its parts are painted;
2. the store grows by five minutes of all neurons at once, which is what five minutes bring, and by 15 seconds of
   samples in turns: how long the server looks, and how long the page takes from the message to the painted picture.

Prints medians and worst, and marks; exits 1 when a mark is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from netctl import packs
from netctl.adapters.board_server import serving
from netctl.adapters.clock import SystemClock
from netctl.adapters.positions import positions
from netctl.board import ground, health
from netctl.board.live import Document, Live, Part
from netctl.board.reading import Reading
from netctl.board.spec import drawn_of
from netctl.coverage.coverage import coverage_of
from netctl.coverage.drawn import drawing_of
from netctl.coverage.held import Held, Label
from netctl.coverage.universe import universe_of
from netctl.pack_model import Tier, ZipcodeList
from tests.board.day import PERIOD_S, SAMPLED_S, Day
from tests.browser import Page, chromium, program

FIRST_PAINT_MS = 1000.0
UPDATE_MS = 100.0
ZIPCODES = 7572


@dataclass
class Stand:
    """A day, its reader, and how long each of its looks took, in seconds."""

    day: Day
    until: float
    reading: Reading
    looks: list[float]
    growing: bool = False
    """What it costs to make up the day is not to be measured."""

    def look(self) -> Document | None:
        """A look that is timed, where it found anything."""
        if self.growing:
            return None
        began = time.perf_counter()
        found = self.reading.look()
        if found is not None:
            self.looks.append(time.perf_counter() - began)
        return found

    def grow(self, seconds: float) -> None:
        """So much more of the day; nobody looks until `growing` is over."""
        self.growing = True
        self.day.write(self.until, self.until + seconds)
        self.until += seconds


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurons", type=int, default=64)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--updates", type=int, default=12)
    parser.add_argument("--height", type=int, default=4600, help="of the window, in pixels")
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    if program() is None:
        print("no Chromium: apt-get install chromium-headless-shell", file=sys.stderr)
        return 4
    with tempfile.TemporaryDirectory(prefix="nb-dashboard-") as place:
        figures = asyncio.run(_measured(Path(place), asked))
    return _shown(figures)


async def _measured(home: Path, asked: argparse.Namespace) -> dict[str, list[float]]:
    validators = max(1, asked.neurons // 16)
    now = time.time() // PERIOD_S * PERIOD_S
    day = Day(home / "day", miners=asked.neurons - validators, validators=validators, outage=(40_000, 46_000))
    day.write(now - 3600 * asked.hours, now)
    spec = packs.load("resi").spec
    reading = Reading(day.state, lambda: drawn_of(spec), 3600 * asked.hours, SystemClock())
    stand = Stand(day, now, reading, [])
    parts = (
        Part("health", lambda: {"fleet": "day", **health.of_report(day.report(stand.until, block=812))}, 1.0),
        Part("coverage", _ground(day), 3600.0),
        Part("board", stand.look, 0.2, whole=reading.whole),
    )
    live = Live({part.name: part for part in parts}, SystemClock())
    figures: dict[str, list[float]] = {}
    async with serving(live, 0) as url, chromium(home, width=1400, height=asked.height) as page:
        await page.call("Performance.enable", timeDomain="threadTicks")
        await page.open(url)
        await page.wait_for(_is_drawn("board whole"))
        figures["the first look at the whole store"] = [1000 * stand.looks.pop()]
        for _ in range(asked.rounds):
            for name, took in (await _opened(page, url)).items():
                figures.setdefault(name, []).append(took)
        for number in range(asked.updates):
            seconds = PERIOD_S if number % 2 else SAMPLED_S
            what = "five minutes of all neurons" if number % 2 else "15 s of samples"
            took, busy = await _grown(page, stand, seconds)
            figures.setdefault(f"{what}: the look", []).append(1000 * stand.looks[-1])
            figures.setdefault(f"{what}: the page", []).append(took)
            figures.setdefault(f"{what}: its processor time", []).append(busy)
        if asked.picture is not None:
            await page.picture(asked.picture)
        if page.complaints:
            print(page.complaints, file=sys.stderr)
    return figures


async def _opened(page: Page, url: str) -> dict[str, float]:
    """Milliseconds since the navigation began."""
    await page.open("about:blank")
    await page.open(url)
    names = ("board whole", "coverage", "health")
    for name in names:
        await page.wait_for(_is_drawn(name))
    paint = await page.ask("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    ends = [await page.ask(f"(m => m.startTime + m.duration)({_drawn(name)})") for name in names]
    return {"first paint": paint, "all parts painted": max(ends)}


async def _grown(page: Page, stand: Stand, seconds: float) -> tuple[float, float]:
    """Milliseconds from the message that tells of it to the painted picture, and those that the page worked."""
    await asyncio.to_thread(stand.grow, seconds)
    await page.ask("performance.clearMeasures('netctl board')")
    before = await _worked(page)
    stand.growing = False
    await page.wait_for(_is_drawn("board"), pause_s=0.5)
    return float(await page.ask(f"({_drawn('board')}).duration")), await _worked(page) - before


async def _worked(page: Page) -> float:
    """Processor time of the page's main thread in milliseconds."""
    told = await page.call("Performance.getMetrics")
    return 1000 * float(next(each["value"] for each in told["metrics"] if each["name"] == "TaskDuration"))


def _drawn(part: str) -> str:
    return f"performance.getEntriesByName('netctl {part}').at(-1)"


def _is_drawn(part: str) -> str:
    return f"Boolean({_drawn(part)})"


def _ground(day: Day) -> Callable[[], Document]:
    """Every miner holds its share of a list as long as RESI's."""
    known = sorted(positions().items())
    rows = [
        {"zip": zipcode, "rank": str(rank), "city": "Town", "state": at.state}
        for rank, (zipcode, at) in enumerate(
            (known[number * len(known) // ZIPCODES] for number in range(ZIPCODES)), start=1
        )
    ]
    tiers = (Tier(name="t1", last_rank=100), Tier(name="t2", last_rank=2000), Tier(name="t3"))
    spec = ZipcodeList(path="zipcodes.csv", zipcode="zip", rank="rank", city="city", state="state", tiers=tiers)
    universe = universe_of(spec, rows)
    zipcodes = list(universe.places)
    held = [
        Held(name, "", {zipcode: Label(zipcode, 12) for zipcode in zipcodes[number :: 3 + number % 9]})
        for number, name in enumerate(day.of_miners)
    ]
    coverage = coverage_of(universe, held, {})
    found: dict[str, Any] = ground.document(coverage, drawing_of(coverage, positions()))
    return lambda: found


def _shown(figures: dict[str, list[float]]) -> int:
    marks = {"first paint": FIRST_PAINT_MS, "all parts painted": FIRST_PAINT_MS}
    marks |= {name: UPDATE_MS for name in figures if name.endswith(": the page")}
    table = Table("what", "median", "worst", "mark", "times")
    missed = False
    for name, found in figures.items():
        median, mark = statistics.median(found), marks.get(name)
        missed = missed or (mark is not None and median > mark)
        table.add_row(
            name,
            f"{median:.0f} ms",
            f"{max(found):.0f} ms",
            "" if mark is None else f"< {mark:.0f} ms{'' if median <= mark else ' MISSED'}",
            str(len(found)),
        )
    Console().print(table)
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
