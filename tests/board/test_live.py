"""One reader for many pages: each is told the whole, then what changes; one that is slow, the whole again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from netctl.adapters.clock import SystemClock
from netctl.board.live import BEHIND, Document, Live, Part, Told

pytestmark = pytest.mark.fast


class Source:
    """A part that changes when it is told to."""

    def __init__(self) -> None:
        self.sum = 0
        self.waiting: list[int] = []
        self.looks = 0

    def look(self) -> Document | None:
        self.looks += 1
        if not self.waiting:
            return None
        self.sum += self.waiting[0]
        return {"more": self.waiting.pop(0)}

    def whole(self) -> Document:
        return {"sum": self.sum}


def live_of(source: Source, **more: Part) -> Live:
    board = Part("board", source.look, 0.001, whole=source.whole, ease=1.0)
    return Live({"board": board, **more}, SystemClock())


def plain(told: Told | None) -> Any:
    return None if told is None else (told.part, msgspec.json.decode(told.content))


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_a_page_is_told_the_whole_and_then_each_change() -> None:
    source = Source()
    live = live_of(source)
    running = asyncio.create_task(live.run())
    async with aclosing(live.messages(5.0)) as first:
        assert plain(await anext(first)) == ("board", {"sum": 0})
        source.waiting.append(3)
        assert plain(await anext(first)) == ("board", {"more": 3})
        async with aclosing(live.messages(0.02)) as second:
            assert plain(await anext(second)) == ("board", {"sum": 3})
            assert await anext(second) is None
            source.waiting.append(4)
            assert plain(await anext(first)) == ("board", {"more": 4})
            assert plain(await anext(second)) == ("board", {"more": 4})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_part_that_is_told_whole_is_told_only_when_it_is_another() -> None:
    said = {"text": "a"}
    live = live_of(Source(), health=Part("health", lambda: dict(said), 0.001, ease=1.0))
    running = asyncio.create_task(live.run())
    async with aclosing(live.messages(0.05)) as page:
        seen = [plain(await anext(page)) for _ in range(2)]
        assert ("health", {"text": "a"}) in seen
        assert await anext(page) is None
        said["text"] = "b"
        assert plain(await anext(page)) == ("health", {"text": "b"})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_page_that_is_behind_is_told_the_whole_again() -> None:
    source = Source()
    live = live_of(source)
    running = asyncio.create_task(live.run())
    async with aclosing(live.messages(5.0)) as page:
        await anext(page)
        source.waiting = [1] * (BEHIND + 5)
        await until(lambda: not source.waiting)
        assert plain(await anext(page)) == ("board", {"sum": BEHIND + 5})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_nothing_is_looked_at_while_nobody_listens() -> None:
    source = Source()
    live = live_of(source)
    running = asyncio.create_task(live.run())
    await until(lambda: source.looks > 0)
    await asyncio.sleep(0.05)
    assert source.looks == 1
    async with aclosing(live.messages(0.01)) as page:
        await anext(page)
        async with asyncio.timeout(20):
            while source.looks < 4:
                await anext(page)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
