"""The page is for this machine's own browser: what is served, to whom, and what it may do."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from netctl.adapters.board_server import KINDS, page_files, serving
from netctl.adapters.clock import SystemClock
from netctl.board.live import Live, Part
from netctl.errors import PrerequisiteError

pytestmark = pytest.mark.fast

SAYS = {"text": "a\nb </script>"}


@asynccontextmanager
async def served() -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A server and somebody who asks it."""
    live = Live({"health": Part("health", lambda: SAYS, 60.0)}, SystemClock())
    async with serving(live, 0, idle_s=0.05) as url, aiohttp.ClientSession() as client:
        yield client, url


async def test_every_file_is_served_with_a_strict_policy_and_nothing_else_is() -> None:
    async with served() as (client, url):
        for path, content in page_files().items():
            async with client.get(url + path.lstrip("/")) as answer:
                assert (answer.status, await answer.read()) == (200, content)
                assert answer.content_type in KINDS.values()
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "require-trusted-types-for 'script'" in policy
                assert not re.search(r"unsafe|\*|http|data:", policy)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "Set-Cookie" not in answer.headers
                assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        for path in ("nothing.js", "%2e%2e/spec.py", "..%2f..%2fspec.py", "page/index.html", "index.html"):
            async with client.get(url + path) as answer:
                assert (path, answer.status) == (path, 404)
                assert "Content-Security-Policy" in answer.headers


async def test_only_get_is_answered() -> None:
    async with served() as (client, url):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"):
            for path in ("", "events"):
                async with client.request(method, url + path) as answer:
                    assert (method, answer.status, answer.headers["Allow"]) == (method, 405, "GET")


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", "127.0.0.1.nip.io:{port}"]
)
async def test_a_name_that_only_leads_here_is_refused(name: str) -> None:
    async with served() as (client, url):
        port = url.rstrip("/").rpartition(":")[2]
        for path in ("", "events", "main.js"):
            async with client.get(url + path, headers={"Host": name.format(port=port)}) as answer:
                assert answer.status == 421
        async with client.get(url, headers={"Host": f"localhost:{port}"}) as answer:
            assert answer.status == 200


async def test_another_site_can_lead_here_but_load_nothing() -> None:
    async with served() as (client, url):
        for site, mode, status in (
            ("cross-site", "no-cors", 403),
            ("cross-site", "navigate", 200),
            ("same-origin", "cors", 200),
        ):
            async with client.get(url, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}) as answer:
                assert answer.status == status


async def test_what_is_told_is_one_line_of_json_whatever_is_in_it() -> None:
    async with served() as (client, url), client.get(url + "events") as answer:
        assert answer.content_type == "text/event-stream"
        assert "Content-Security-Policy" in answer.headers
        async with asyncio.timeout(20):
            lines = [await answer.content.readline() for _ in range(5)]
        assert lines[:3] == [b"event: health\n", b'data: {"text":"a\\nb </script>"}\n', b"\n"]
        assert lines[3:] == [b": idle\n", b"\n"]


async def test_a_page_that_is_left_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    numbers = itertools.count()
    live = Live({"health": Part("health", lambda: {"number": next(numbers)}, 0.001, ease=1.0)}, SystemClock())
    async with serving(live, 0, idle_s=0.01) as url:
        for _ in range(3):
            async with aiohttp.ClientSession() as client:
                answer = await client.get(url + "events")
                await answer.content.readline()
                answer.close()
        async with asyncio.timeout(20):
            while live._pages:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("aiohttp")] == []


async def test_a_port_that_is_taken_is_told() -> None:
    async with served() as (_, url):
        port = int(url.rstrip("/").rpartition(":")[2])
        with pytest.raises(PrerequisiteError, match=f"127.0.0.1:{port} cannot be listened at"):
            async with serving(Live({}, SystemClock()), port):
                pass


@pytest.mark.parametrize("path", sorted(page_files()))
def test_no_file_of_the_page_loads_from_elsewhere_or_makes_markup_of_text(path: str) -> None:
    text = page_files()[path].decode()
    assert not re.search(r"(?:https?:)?//[a-z0-9]", text.replace("http://www.w3.org/2000/svg", "")), path
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text)
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text) or path.endswith(".js")


def test_the_page_names_every_module_that_it_needs() -> None:
    files = page_files()
    preloaded = set(re.findall(r'modulepreload" href="([^"]+)"', files["/"].decode()))
    modules = {path.lstrip("/") for path in files if path.endswith(".js")}
    assert preloaded | {"main.js"} == modules
    imported = {name for path in modules for name in re.findall(r'from "\./([^"]+)"', files[f"/{path}"].decode())}
    assert imported <= modules
    assert all(len(content.splitlines()) <= 400 for content in files.values())
    assert Path("netctl/board/page").is_dir()
