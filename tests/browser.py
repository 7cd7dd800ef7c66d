"""A headless Chromium, spoken to by its DevTools protocol: open a page, ask it, press its keys, take its picture."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE_S = 60.0


def program() -> str | None:
    """Where a Chromium is, None where there is none; NETCTL_CHROMIUM names another one."""
    named = os.environ.get("NETCTL_CHROMIUM")
    return named or next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Page:
    """One tab. What it complains of, in its console or by its policy, is in `complaints`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []

    async def listen(self) -> None:
        """Take what the browser says until it is gone."""
        async for message in self._socket:
            told = message.json()
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])
            elif told["method"] == "Runtime.exceptionThrown":
                details = told["params"]["exceptionDetails"]
                self.complaints.append(details.get("exception", {}).get("description") or details["text"])
            elif told["method"] == "Runtime.consoleAPICalled" and told["params"]["type"] in {"error", "warning"}:
                self.complaints.append(str(told["params"]["args"]))
            elif told["method"] == "Network.requestWillBeSent":
                self.requests.append(told["params"]["request"]["url"])

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol, and its result; RuntimeError where it fails."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params}
        await self._socket.send_json(message if self.session is None else {**message, "sessionId": self.session})
        told = await asyncio.wait_for(answer, PATIENCE_S)
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        return dict(told["result"])

    async def open(self, url: str) -> None:
        """Go there."""
        await self.call("Page.navigate", url=url)

    async def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's once it is kept; RuntimeError where it throws."""
        told = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(f"{expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    async def wait_for(self, expression: str, patience_s: float = PATIENCE_S, *, pause_s: float = 0.05) -> Any:
        """The expression's value once it is true of something; AssertionError with what the page says otherwise."""
        deadline = asyncio.get_running_loop().time() + patience_s
        while not (found := await self.ask(f"(() => {{ try {{ return {expression} }} catch {{ return null }} }})()")):
            if asyncio.get_running_loop().time() > deadline:
                text = await self.ask("document.body ? document.body.innerText : ''")
                raise AssertionError(f"never: {expression}\n{self.complaints}\n{text}")
            await asyncio.sleep(pause_s)
        return found

    async def text(self, selector: str) -> str:
        """What is to be read there."""
        return str(await self.ask(f"document.querySelector({selector!r}).innerText"))

    async def click(self, selector: str) -> None:
        """Press the mouse in the middle of it."""
        place = await self.ask(
            f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{block: 'center'}});"
            " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    async def press(self, key: str) -> None:
        """One key, by its name."""
        for kind in ("rawKeyDown", "keyUp"):
            code = {"Tab": 9, "Escape": 27, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}.get(key, 0)
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)
        if key == "Enter":
            await self.call("Input.dispatchKeyEvent", type="char", text="\r")

    async def resize(self, width: int, height: int, *, scale: float = 1.0) -> None:
        """The size of the window, in pixels of style sheets."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )

    async def theme(self, name: str) -> None:
        """What the system says that it likes: light or dark."""
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    async def picture(self, path: Path) -> None:
        """What is to be seen in the window, as PNG."""
        found = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(found["data"]))


@asynccontextmanager
async def chromium(home: Path, *, width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
    """One tab of a Chromium of its own, whose files lie below `home`."""
    found = program()
    assert found is not None
    process = await asyncio.create_subprocess_exec(
        *(found, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
        *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--mute-audio"),
        *(f"--user-data-dir={home / 'chromium'}", "--remote-debugging-port=0", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "TZ": "UTC", "LANG": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        address = await asyncio.wait_for(_address(process), PATIENCE_S)
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(address, max_msg_size=0, heartbeat=None) as socket,
        ):
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            target = await page.call("Target.createTarget", url="about:blank")
            attached = await page.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            page.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                await page.call(f"{domain}.enable")
            await page.resize(width, height)
            try:
                yield page
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where it listens, as it says on standard error."""
    assert process.stderr is not None
    said = []
    async for line in process.stderr:
        said.append(line.decode(errors="replace"))
        if "listening on ws://" in said[-1]:
            return said[-1].split("listening on ")[1].strip()
    raise AssertionError("Chromium ended: " + "".join(said))
