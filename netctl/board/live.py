"""Looks again and again, and tells whoever listens what has changed: one reader for however many pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any

import msgspec

from netctl.ports import Clock

Document = dict[str, Any]
BEHIND = 16
"""A page that has so many changes waiting is told the whole again."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page. `look` blocks, and is called in a thread: a document, or None for nothing new.

    It is told whole each time, unless `whole` says what a page begins with. Looked at each `every_s` seconds, or more
    rarely: a look takes at most one part in `ease` of the time.
    """

    name: str
    look: Callable[[], Document | None]
    every_s: float
    whole: Callable[[], Document | None] | None = None
    ease: float = 4.0


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """One message: whose, and its JSON."""

    part: str
    content: bytes


@dataclass(slots=True, eq=False)
class _Page:
    waiting: asyncio.Queue[Told]
    behind: bool = False


@dataclass(slots=True)
class Live:
    """All parts, looked at while anybody listens, and once before."""

    parts: Mapping[str, Part]
    clock: Clock
    _last: dict[str, Told] = field(default_factory=dict)
    _pages: set[_Page] = field(default_factory=set)
    _listened: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            for part in self.parts.values():
                group.create_task(self._watch(part))

    async def _watch(self, part: Part) -> None:
        while True:
            began = self.clock.now()
            found = await _in_thread(part.look)
            if found is not None:
                self._tell(part, found)
            took = self.clock.now() - began
            await self.clock.sleep(max(part.every_s - took, took * (part.ease - 1), 0.01))
            await self._listened.wait()

    def _tell(self, part: Part, document: Document) -> None:
        told = Told(part.name, msgspec.json.encode(document))
        if part.whole is None:
            if self._last.get(part.name) == told:
                return
            self._last[part.name] = told
        for page in self._pages:
            try:
                page.waiting.put_nowait(told)
            except asyncio.QueueFull:
                page.behind = True

    async def messages(self, idle_s: float) -> AsyncGenerator[Told | None, None]:
        """What a page is told, from the whole on; None where there was nothing for so many seconds."""
        page = _Page(asyncio.Queue(BEHIND))
        self._pages.add(page)
        self._listened.set()
        try:
            for told in await self._beginning():
                yield told
            while True:
                if page.behind:
                    page.behind = False
                    while not page.waiting.empty():
                        page.waiting.get_nowait()
                    for told in await self._beginning():
                        yield told
                waited: Told | None = None
                with suppress(TimeoutError):
                    async with asyncio.timeout(idle_s):
                        waited = await page.waiting.get()
                yield waited
        finally:
            self._pages.discard(page)
            if not self._pages:
                self._listened.clear()

    async def _beginning(self) -> list[Told]:
        """A change that is told again after it does no harm: it says what is, not what was added."""
        found = list(self._last.values())
        for part in self.parts.values():
            document = None if part.whole is None else await _in_thread(part.whole)
            if document is not None:
                found.append(Told(part.name, msgspec.json.encode(document)))
        return found


async def _in_thread(look: Callable[[], Document | None]) -> Document | None:
    """What a look finds, in a thread that nothing waits for at the end: a look at many databases may take long."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Document | None] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        if not found.done():
            act()

    def work() -> None:
        try:
            document = look()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            act = partial(found.set_exception, error)
        else:
            act = partial(found.set_result, document)
        with suppress(RuntimeError):  # the loop is over
            loop.call_soon_threadsafe(settle, act)

    Thread(target=work, daemon=True).start()
    return await found
