"""The page in a real Chromium: what it shows, that it follows, and that no text becomes anything else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

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
from netctl.store.latest import StateNow
from tests.board.day import PERIOD_S, Day
from tests.browser import Page, chromium, program
from tests.coverage.made import holding, universe

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(program() is None, reason="no Chromium here: apt-get install chromium-headless-shell"),
]

CHARTS = ("states", "scores", "heat", "map", "cadence", "calls", "resources")
NASTY = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"


@dataclass
class Stand:
    """A page about a fleet that a test makes up; `told` is what its parts say instead."""

    page: Page
    day: Day
    url: str
    until: float
    told: dict[str, Document] = field(default_factory=dict)

    async def grow(self, seconds: float = PERIOD_S) -> None:
        """So much more of the fleet's day."""
        await asyncio.to_thread(self.day.write, self.until, self.until + seconds)
        self.until += seconds

    async def open(self) -> None:
        """Go to the page, and wait for what it is told."""
        await self.page.open(self.url)
        await self.page.wait_for("document.querySelector('#link').dataset.link === 'live'")


def _coverage() -> Document:
    found = coverage_of(
        universe(), [holding("miner_1", {"10001": 3, "77494": 1}), holding("miner_2", {"10001": 2})], {}
    )
    return ground.document(found, drawing_of(found, positions()))


def _unsampled(why: str) -> Document:
    return {"fleet": "day2", **health.of_store((), {}, why, None)}


CALLS: Document = {
    "why": None, "api": "RapidAPI", "real": True, "scale": 1, "ok": False, "used": {},
    "period_s": {"validator_1": 300.0},
    "keys": [{"place": 1, "reference": "$RAPIDAPI_KEY", "neurons": ["miner_1"], "used": 930, "a_day": 4000.0,
              "limit": 1000, "per_s": 86400.0, "verdict": "runs out", "share_of_limit": 4.0, "runs_out_in_s": 1500.0}],
    "total": {"used": 930, "a_day": 4000.0, "limit": None, "per_s": None, "verdict": "no limit", "share_of_limit": None,
              "runs_out_in_s": None},
}  # fmt: skip


@asynccontextmanager
async def standing(tmp_path: Path, *, hours: float = 2.0, **window: int) -> AsyncIterator[Stand]:
    """A page about four miners and two validators."""
    state = tmp_path / "day2"
    day = Day(state, miners=4, validators=2)
    now = time.time() // PERIOD_S * PERIOD_S
    if hours:
        day.write(now - 3600 * hours, now)
    spec = packs.load("resi").spec
    reading = Reading(state, lambda: drawn_of(spec), 86_400.0, SystemClock())
    told: dict[str, Document] = {
        "health": {"fleet": "day2", **health.of_report(day.report(now, block=812))},
        "coverage": _coverage(),
        "calls": CALLS,
    }
    parts = [Part(name, lambda name=name: told[name], 0.05, ease=1.0) for name in told]  # type: ignore[misc]
    parts.append(Part("board", reading.look, 0.05, whole=reading.whole, ease=1.0))
    async with (
        serving(Live({part.name: part for part in parts}, SystemClock()), 0) as url,
        chromium(tmp_path, **window) as page,
    ):
        yield Stand(page, day, url, now, told)
    reading.close()


def _label(card: str, number: int = 0) -> str:
    return f"document.querySelectorAll('#{card} canvas[role=img]')[{number}].getAttribute('aria-label')"


def _inked(card: str) -> str:
    """Whether every chart of a card has many pixels that are drawn on."""
    return (
        f"[...document.querySelectorAll('#{card} canvas[role=img]')].every(canvas => {{"
        " const {width, height} = canvas, copy = new OffscreenCanvas(width, height);"
        " const pen = copy.getContext('2d', {willReadFrequently: true}); pen.drawImage(canvas, 0, 0);"
        " const found = pen.getImageData(0, 0, width, height).data;"
        " let count = 0; for (let at = 3; at < found.length; at += 4) count += found[at] > 0;"
        " return count > 500; })"
    )


async def test_every_card_is_drawn_from_the_store_alone(tmp_path: Path) -> None:
    async with standing(tmp_path, height=3600) as stand:
        await stand.open()
        page = stand.page
        for card in CHARTS:
            await page.wait_for(_inked(card))
        assert await page.ask("[...document.querySelectorAll('.empty')].every(each => each.hidden)")
        names = await page.ask("[...document.querySelectorAll('#rows .pick')].map(each => each.textContent)")
        assert names == [*stand.day.of_miners, *stand.day.of_validators]
        assert "miner_1" in await page.ask(_label("scores"))
        assert await page.ask("document.querySelectorAll('#scores canvas[role=img]').length") == 4
        assert "confirmed" in await page.ask(_label("heat"))
        assert "2 of 6 zipcodes" in await page.ask(_label("map"))
        assert "930 of 1k in 1d, 4k a day: runs out in 25m" in await page.text("#limits")
        assert await page.ask("document.title") == "day2 - netctl"
        assert page.complaints == []
        assert {url.rpartition("/")[0] + "/" for url in page.requests} == {stand.url}


async def test_what_is_written_down_is_on_the_page_without_a_word(tmp_path: Path) -> None:
    async with standing(tmp_path, height=3600) as stand:
        await stand.open()
        page = stand.page
        before = await page.wait_for(_label("heat"))
        await stand.grow()
        await page.wait_for(f"{_label('heat')} !== {before!r}")
        stand.told["health"]["neurons"][0]["restarts"] = 7
        stand.told["health"]["neurons"][0]["state"] = "killed"
        await page.wait_for("document.querySelector('#rows tr').innerText.includes('killed')")
        assert "\t7\t" in await page.text("#rows tr")
        navigations = await page.ask("performance.getEntriesByType('navigation').length")
        assert (navigations, sum(url == stand.url for url in page.requests)) == (1, 1)


async def test_text_of_a_log_is_shown_and_never_becomes_markup(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        neurons = stand.told["health"]["neurons"]
        neurons[0]["problem"] = NASTY
        neurons[1]["name"] = NASTY
        stand.told["health"]["fleet"] = NASTY
        stand.told["coverage"] = {"why": NASTY}
        stand.told["calls"] = {**CALLS, "api": NASTY, "keys": [{**CALLS["keys"][0], "reference": NASTY}]}
        await stand.open()
        page = stand.page
        await page.wait_for("document.querySelector('#fleet').textContent.includes('onerror')")
        for place in ("#rows", "#fleet", "#map-empty", "#limits", "#calls-title"):
            await page.wait_for(f"document.querySelector({place!r}).textContent.includes({NASTY!r})")
        assert await page.ask("document.querySelectorAll('img, main b b, #rows b').length") == 0
        assert await page.ask("document.title") == f"{NASTY} - netctl"
        assert page.complaints == []


async def test_markup_that_a_script_would_make_is_refused_by_the_browser(tmp_path: Path) -> None:
    async with standing(tmp_path, hours=0) as stand:
        await stand.open()
        with pytest.raises(RuntimeError, match="TrustedHTML"):
            await stand.page.ask("void (document.body.innerHTML = '<p>x</p>')")
        with pytest.raises(RuntimeError, match=r"unsafe-eval|TrustedScript|Content Security Policy"):
            await stand.page.ask(
                "new Promise((take, fail) => { setTimeout(() => { try { take(eval('1')) } catch (e) { fail(e) } }) })"
            )
        blocked = (
            "new Promise(end => { addEventListener('securitypolicyviolation', told => end(told.blockedURI));"
            " fetch('http://127.0.0.1:9/').catch(() => {}) })"
        )
        assert "127.0.0.1:9" in await stand.page.ask(blocked)


async def test_a_fleet_that_was_never_sampled_is_told_and_then_followed(tmp_path: Path) -> None:
    async with standing(tmp_path, hours=0, height=3600) as stand:
        stand.told["health"] = {
            "fleet": "day2",
            **health.of_store((), {}, "nothing was sampled yet: netctl fleet up", None),
        }
        stand.told["coverage"] = {"why": "the list of zipcodes cannot be read"}
        stand.told["calls"] = {"why": "pack idle says nothing of an API"}
        await stand.open()
        page = stand.page
        await page.wait_for("document.querySelector('#notice').innerText.includes('is not there')")
        assert "nothing was sampled yet: netctl fleet up" in await page.text("#notice")
        assert await page.text("#verdict") == "not sampled now"
        said = await page.ask("[...document.querySelectorAll('.empty')].map(each => each.hidden)")
        assert said == [False] * len(said)
        await stand.grow(3600)
        stand.told["health"] = {"fleet": "day2", **health.of_report(stand.day.report(stand.until, block=900))}
        await page.wait_for(_inked("scores"))
        await page.wait_for("document.querySelector('#notice').hidden")
        assert await page.text("#verdict") == "all well"
        assert page.complaints == []


async def test_what_neurons_were_last_is_not_taken_for_what_they_are(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        await stand.open()
        page = stand.page
        row = "document.querySelector('#rows tr').innerText.split('\\t')"
        await page.wait_for(f"{row}[3] === '● running' && {row}[9].includes('MB')")
        was = StateNow("miner_1", "running", 1, 2)
        stand.told["health"] = {"fleet": "day2", **health.of_store((was,), {"miner_1": "miner"}, "it is down", 5.0)}
        await page.wait_for(f"{row}[3] === 'was running'")
        assert [text.strip() for text in await page.ask(row)] == [
            "miner_1",
            "miner",
            "-",
            "was running",
            *"--2-",
            "",
            *"----",
        ]
        assert await page.ask("document.querySelector('#rows td[data-state]').dataset.state") == "was"
        assert (await page.text("#verdict"), await page.text("#notice")) == ("not sampled now", "it is down")


async def test_what_the_page_keeps_is_what_it_was_told(tmp_path: Path) -> None:
    told = """(async () => {
      const {Model} = await import('./model.js'), model = new Model(), seen = [];
      const tell = (whole, width, first, last, ...rows) => {
        const series = {judged: rows.map(([key, slots, ...values]) => ({key, slots, values}))};
        const changed = model.take({whole, width, first, last, until: last * width, lives: {}, series});
        seen.push(structuredClone([[...changed].join(),
          model.of('judged').map(each => [each.key.join(), each.slots, ...each.columns])]));
      };
      tell(true, 4, 1, 3, [['v', 'a'], [1, 3], [10, 30]], [['v', 'b'], [1], [11]]);
      tell(false, 4, 1, 4, [['v', 'a'], [3, 4, 2], [31, 40, 20]]);
      tell(false, 8, 0, 2, [['v', 'a'], [2], [99]]);
      tell(false, 4, 3, 5);
      tell(true, 8, 1, 2, [['v', 'c'], [2], [7]]);
      return seen; })()"""
    async with standing(tmp_path, hours=0) as stand:
        await stand.open()
        assert await stand.page.ask(told) == [
            ["judged,lives", [["v,a", [1, 3], [10, 30]], ["v,b", [1], [11]]]],
            ["judged,lives", [["v,a", [1, 2, 3, 4], [10, 20, 31, 40]], ["v,b", [1], [11]]]],
            ["", [["v,a", [1, 2, 3, 4], [10, 20, 31, 40]], ["v,b", [1], [11]]]],
            ["judged,lives", [["v,a", [3, 4], [31, 40]]]],
            ["judged,lives", [["v,c", [2], [7]]]],
        ]


async def test_a_server_that_is_gone_is_told_and_found_again(tmp_path: Path) -> None:
    def live(text: str) -> Live:
        told = {**_unsampled("nothing yet"), "fleet": text}
        return Live({"health": Part("health", lambda: told, 60.0)}, SystemClock())

    async with chromium(tmp_path) as page:
        async with serving(live("first"), 0) as url:
            await page.open(url)
            await page.wait_for("document.querySelector('#fleet').innerText === 'first'")
        await page.wait_for("document.querySelector('#link').innerText.includes('connection lost')")
        async with serving(live("second"), int(url.rstrip("/").rpartition(":")[2])):
            await page.wait_for("document.querySelector('#fleet').innerText === 'second'")
            assert await page.text("#link") == "live"


async def test_it_can_be_used_without_a_mouse(tmp_path: Path) -> None:
    async with standing(tmp_path, height=3600) as stand:
        await stand.open()
        page = stand.page
        await page.wait_for(_inked("scores"))
        await page.press("Tab")
        assert await page.ask("document.activeElement.className") == "skip"
        for _ in range(3):
            await page.press("Tab")
        while not await page.ask("document.activeElement.matches('.pick')"):
            await page.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert await page.ask(outline) == "solid"
        await page.press("Enter")
        name = await page.ask("document.activeElement.textContent")
        assert await page.ask("document.activeElement.getAttribute('aria-pressed')") == "true"
        await page.press("Escape")
        assert await page.ask("document.activeElement.getAttribute('aria-pressed')") == "false"
        await page.ask("document.querySelector('#scores canvas[role=img]').focus()")
        await page.press("ArrowLeft")
        tip = await page.wait_for("!document.querySelector('.tip').hidden && document.querySelector('.tip').innerText")
        assert name in tip


async def test_words_can_be_read_in_the_light_and_in_the_dark(tmp_path: Path) -> None:
    contrast = """(() => {
      const probe = document.createElement('i'); document.body.append(probe);
      const light = name => { probe.style.color = `var(--${name})`;
        const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255)
          .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]; };
      const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const found = {};
      const lines = [...Array(8).keys()].map(number => `c${number}`);
      for (const name of ['ink', 'soft', 'good', 'warn', 'bad', 'focus', ...lines])
        found[name] = ratio(light(name), light('card'));
      return [getComputedStyle(document.body).backgroundColor, found]; })()"""
    async with standing(tmp_path, hours=0) as stand:
        grounds = set()
        for theme in ("light", "dark"):
            await stand.page.theme(theme)
            await stand.open()
            background, found = await stand.page.ask(contrast)
            grounds.add(background)
            words = {name: ratio for name, ratio in found.items() if not name.startswith("c") and name != "focus"}
            assert min(words.values()) >= 4.5, (theme, words)
            assert min(found.values()) >= 3.0, (theme, found)
        assert len(grounds) == 2
        await stand.page.click("#theme")
        assert await stand.page.text("#theme") == "Theme: light"
        assert (await stand.page.ask(contrast))[0] in grounds


@pytest.mark.parametrize("width", [360, 800, 1920])
async def test_nothing_is_cut_off_in_a_narrow_window(tmp_path: Path, width: int) -> None:
    async with standing(tmp_path, width=width, height=3600) as stand:
        await stand.open()
        await stand.page.wait_for(_inked("resources"))
        wide: Any = await stand.page.ask("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1]
        cut = (
            "[...document.querySelectorAll('.card')].filter(card => card.getBoundingClientRect().right > innerWidth)"
            ".map(card => card.id)"
        )
        assert await stand.page.ask(cut) == []
