"""The HTML in a real browser: nothing is fetched, nothing runs, nothing is wider than the window, and it prints."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.cli.program import call
from tests.report.made import honest, laid_out, sampled

browser = pytest.importorskip("tests.browser", reason="tests/browser.py drives the browser")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.program() is None, reason="no Chromium here: apt-get install chromium"),
]
ATTACK = '<script>window.attacked = 1</script><img src=http://127.0.0.1:9/x onerror="window.attacked = 1">'


@pytest.fixture
def page_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A report on a run with a liar, in whose lines somebody has put an attack."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))

    def attacked(book):  # type: ignore[no-untyped-def]
        honest(book)
        for number in range(6):
            sampled(book, "miner_3", 300.0 * number + 40, f"Property content does not match: {ATTACK}")
        return book

    laid_out(tmp_path / "home", tmp_path / "told.yaml", attacked)
    assert call(capsys, "report", "-p", "told.yaml", "--rehearse", "--html", "r.html").code == 0
    return tmp_path / "r.html"


async def test_a_browser_fetches_nothing_runs_nothing_and_prints_it_in_pages(page_file: Path, tmp_path: Path) -> None:
    async with browser.chromium(tmp_path) as page:
        await page.open(page_file.as_uri())
        await page.wait_for("document.readyState === 'complete' && document.querySelector('footer') !== null")
        assert await page.text("h1") == "Report on told-rehearsal"
        assert "window.attacked = 1" in await page.ask("document.body.innerText")
        assert await page.ask("typeof window.attacked") == "undefined"
        assert await page.ask("document.scripts.length + document.images.length") == 0
        assert page.requests == [page_file.as_uri()]
        assert page.complaints == []
        for width in (1100, 420):
            await page.resize(width, 900)
            assert await page.ask("document.documentElement.scrollWidth") <= width
            assert await page.ask(
                "[...document.querySelectorAll('svg')].every(e => e.getBoundingClientRect().height > 30)"
            )
        # The curves of scores and incentives, and the map.
        assert await page.ask("document.querySelectorAll('figure svg').length") >= 3
        printed = base64.b64decode((await page.call("Page.printToPDF", preferCSSPageSize=True))["data"])
        assert printed.startswith(b"%PDF")
        pages = [int(count) for count in re.findall(rb"/Type\s*/Pages\s.*?/Count\s+(\d+)", printed, re.DOTALL)]
        assert max(pages, default=0) >= 4
