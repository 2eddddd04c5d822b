"""A real fleet, a gateway in front of it, and a browser that looks at both."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
)

from tests.support.until import until
from tests.support.up import ROOT, Up, declared, free_port, up

SCREENSHOTS = ROOT / "build" / "screenshots"
TASKS = 3

# A browser that keeps to itself: it asks nobody for updates or lists.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Stage:
    """What runs."""

    fleet: Up
    url: str
    target: str
    """The game servers, as a gateway takes them."""


@contextlib.asynccontextmanager
async def stage(home: Path) -> AsyncIterator[Stage]:
    """Run three game servers by `fleet up`, and a gateway in front of them."""
    port = free_port()
    path = declared(home, port, tasks=TASKS, more='store = "CHAMPION_STORE"')
    # As long as in a cloud: a task that leaves is still listed while it drains.
    slow = ("--propagation-s", "2", "--linger-s", "4")
    async with up(home, *slow, path=path) as fleet:
        await fleet.ready()
        target = f"dns://{fleet.dns}/game-server.local:{port}"
        async with gateway(target) as url:
            yield Stage(fleet, url, target)


@contextlib.asynccontextmanager
async def gateway(target: str, **more: str) -> AsyncIterator[str]:
    """Run a gateway in front of *target*; yields its address."""
    listen = f"127.0.0.1:{free_port('127.0.0.1')}"
    env = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    env |= {"FLEET_LISTEN": listen, "GATEWAY_TARGETS": target, **more}
    env |= {"FLEET_LINGER_S": "0.1", "FLEET_GRACE_S": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.gateway"),
        env=env,
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: process.returncode or _listens(listen), limit_s=30)
        assert process.returncode is None, "the gateway died"
        yield f"http://{listen}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@dataclass
class Seen:
    """What a page did that it should not."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        # The browser itself notes every call that is refused, wanted or not.
        path = message.location["url"].removeprefix(self.origin)
        called = path.startswith(("/v1/", "/rpc.", "/zoo."))
        refused = called or (path.startswith("/-/") and "401" in message.text)
        if not refused or "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:")):
            self.strangers.append(request.url)


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(_QUIET)
        )
        try:
            yield chromium
        finally:
            await chromium.close()


@contextlib.asynccontextmanager
async def page(chromium: Browser, url: str, **context: Any) -> AsyncIterator[Page]:  # noqa: ANN401 - playwright's own
    """Open *url* in a profile of its own; a complaint fails the block."""
    context.setdefault("viewport", {"width": 1280, "height": 900})
    origin = url.split("#", maxsplit=1)[0].rstrip("/")
    seen = Seen(origin)
    opened = await chromium.new_context(base_url=origin, **context)
    try:
        tab = await opened.new_page()
        seen.watch(tab)
        await tab.goto(url)
        yield tab
        assert not seen.complaints, seen.complaints
        assert not seen.strangers, seen.strangers
    finally:
        await opened.close()
