"""The dashboard's HTTP side: one page and its changes, read-only, for this machine's own browser and nobody else's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from netctl.board.live import Live, Told
from netctl.errors import PrerequisiteError

HOST = "127.0.0.1"
IDLE_S = 15.0
"""A stream that has nothing to say says so, so that a page that is gone is noticed."""

KINDS: Mapping[str, str] = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
        " trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Nothing but what this server sends is loaded, nothing frames it, and no text becomes markup."""


def page_files() -> dict[str, bytes]:
    """The files of the page by their path there."""
    folder = resources.files("netctl.board").joinpath("page")
    found = {f"/{file.name}": file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in KINDS}
    return {("/" if path == "/index.html" else path): content for path, content in found.items()}


@asynccontextmanager
async def serving(live: Live, port: int, *, idle_s: float = IDLE_S) -> AsyncIterator[str]:
    """Serves at the URL that is given while the block runs; PrerequisiteError where the port is taken.

    With port 0 the system chooses one.
    """
    files = page_files()
    names: set[str] = set()

    async def a_file(request: web.Request) -> web.Response:
        content = files.get(request.path)
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type=KINDS[_ending(request.path)], charset="utf-8")

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page is gone
            async with aclosing(live.messages(idle_s)) as messages:
                async for told in messages:
                    await response.write(_line(told))
        return response

    app = web.Application(middlewares=[_guard(names)])
    app.router.add_get("/events", events, allow_head=False)
    app.router.add_get("/{path:.*}", a_file, allow_head=False)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            raise PrerequisiteError(
                f"{HOST}:{port} cannot be listened at: {os.strerror(error.errno or 0)}",
                hint="netctl dashboard --port 0 takes a port that is free",
            ) from error
        taken: int = runner.addresses[0][1]
        names.update(f"{host}:{taken}" for host in (HOST, "localhost"))
        looking = asyncio.create_task(live.run())
        try:
            yield f"http://{HOST}:{taken}/"
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
    finally:
        await runner.cleanup()


def _line(told: Told | None) -> bytes:
    return b": idle\n\n" if told is None else b"event: %b\ndata: %b\n\n" % (told.part.encode(), told.content)


def _ending(path: str) -> str:
    return "html" if path == "/" else path.rpartition(".")[2]


def _guard(names: set[str]) -> Middleware:
    """Only GET; only by a name of this server's, so that no other name that leads here can read it; no other site."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        site, mode = (request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Mode"))
        if request.method != "GET":
            refused: web.StreamResponse = web.Response(status=405, text="only GET\n", headers={"Allow": "GET"})
        elif len(request.headers.getall("Host", [])) != 1 or request.host not in names:
            refused = web.Response(status=421, text="this is not who you asked for\n")
        elif site in {"cross-site", "same-site"} and mode != "navigate":
            refused = web.Response(status=403, text="not for other sites\n")
        else:
            try:
                refused = await handler(request)
            except web.HTTPException as error:
                refused = web.Response(status=error.status, text=f"{error.reason}\n")
        if not refused.prepared:
            refused.headers.update(HEADERS)
        return refused

    return guard
