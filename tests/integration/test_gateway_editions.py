"""Editions: schema, routes and policy change under the requests, and none is lost."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.stage.http_load import Asked, once, steady_http
from fleet.endpoint import Endpoint
from services.gateway.settings import POLICY, ROUTES
from tests.support.task import champion
from tests.support.until import until

CHAMPION = Asked("GET", "/v1/champions/1")


@dataclass
class Running:
    """A gateway process, with files of its own, and its log."""

    at: Endpoint
    process: asyncio.subprocess.Process
    routes: Path
    policy: Path
    log: list[str] = field(default_factory=list)

    async def get(self, path: str) -> tuple[int, str]:
        return await once(self.at, Asked("GET", path))

    async def says(self, text: str) -> None:
        await until(lambda: any(text in line for line in self.log))


@contextlib.asynccontextmanager
async def gateway(folder: Path, target: str, **env: str) -> AsyncIterator[Running]:
    routes, policy = folder / "http.yaml", folder / "gateway.toml"
    if not routes.exists():
        routes.write_text(ROUTES.read_text())
    policy.write_text(POLICY.read_text())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.gateway"),
        env={
            **os.environ,
            "FLEET_LISTEN": "127.0.0.1:0",
            "FLEET_LINGER_S": "0.2",
            "FLEET_LOG_FORMAT": "text",
            "GATEWAY_TARGETS": target,
            "GATEWAY_ROUTES": str(routes),
            "GATEWAY_POLICY": str(policy),
            **env,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Running(Endpoint("127.0.0.1", 0), process, routes, policy)
    reading = asyncio.create_task(_read(process, running.log))
    try:
        await running.says("serving on http://")
        [line] = [line for line in running.log if "serving on http://" in line]
        running.at = Endpoint("127.0.0.1", int(line.rpartition(":")[2]))
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reading


async def _read(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        lines.append(line.decode().strip())


async def test_new_routes_are_taken_without_losing_a_request(tmp_path: Path) -> None:
    async with (
        champion() as task,
        gateway(tmp_path, f"fixed://{await task.address()}") as running,
    ):
        assert (await running.get("/v2/champions"))[0] == 404
        async with steady_http(running.at, CHAMPION) as load:
            for turn in range(5):
                rule = f"- {{selector: rpc.Rpc.ListChampions, get: /v2/c{turn}}}"
                text = ROUTES.read_text()
                running.routes.write_text(text.rstrip() + f"\n    {rule}\n")
                running.process.send_signal(signal.SIGHUP)
                await running.says(f"edition {turn + 2}:")
        assert not load.failures
        assert load.ok
        assert (await running.get("/v2/c4"))[0] == 200


async def test_a_broken_file_leaves_the_old_edition_and_says_so(
    tmp_path: Path,
) -> None:
    async with (
        champion() as task,
        gateway(tmp_path, f"fixed://{await task.address()}") as running,
    ):
        running.routes.write_text(
            "http:\n  rules:\n  - {selector: rpc.Rpc.GetChampio, get: /v1/x}\n"
        )
        await running.says("reload failed, the old edition stays")
        await running.says("did you mean 'rpc.Rpc.GetChampion'?")
        assert (await running.get("/v1/champions/1"))[0] == 200
        running.routes.write_text(ROUTES.read_text())
        running.policy.write_text("singel_flight = true\n")
        await running.says("did you mean single_flight")
        assert (await running.get("/v1/champions/1"))[0] == 200
        running.policy.write_text("[limits]\nurl_bytes = 300\n")
        await running.says("edition 2:")
        status, body = await running.get("/v1/champions/" + "1" * 400)
        assert status == 414, body


async def test_a_gateway_that_starts_first_serves_when_its_backend_comes(
    tmp_path: Path,
) -> None:
    async with champion() as gone:
        place = await gone.address()
    async with gateway(tmp_path, f"fixed://{place}") as running:
        status, body = await running.get("/v1/champions/1")
        assert status == 503
        assert "no task of rpc.Rpc/GetChampion can be reached now" in body
        assert place not in body
        assert (await running.get("/readyz"))[0] == 200
        async with champion(FLEET_LISTEN=place) as task:
            await task.address()
            await running.says("edition 2:")
            assert (await running.get("/v1/champions/1"))[0] == 200


async def test_a_backend_that_is_away_does_not_keep_the_others_from_being_served(
    tmp_path: Path,
) -> None:
    async with champion() as gone:
        away = await gone.address()
    rule = "- {selector: shop.v1.Shop.Get, get: '/v1/goods/{name}'}"
    (tmp_path / "http.yaml").write_text(f"{ROUTES.read_text().rstrip()}\n    {rule}\n")
    async with champion() as task:
        targets = f"fixed://{away} fixed://{await task.address()}"
        async with gateway(tmp_path, targets) as running:
            assert (await running.get("/v1/champions/1"))[0] == 200
            await running.says(f"fixed://{away} does not say what it serves")


async def test_a_misspelt_rule_of_access_stops_the_start(tmp_path: Path) -> None:
    policy = tmp_path / "gateway.toml"
    policy.write_text(
        f"[keys.a]\nsha256 = '{'0' * 64}'\n"
        "[[access]]\nmethods = 'rpc.Rpc.UpdateScor'\nallow = 'key'\n"
    )
    told = await _refused(ROUTES, "fixed://127.0.0.1:1", GATEWAY_POLICY=str(policy))
    assert "did you mean rpc.Rpc.UpdateScore?" in told


async def _refused(routes: Path, target: str, **env: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.gateway"),
        env={
            **os.environ,
            "GATEWAY_TARGETS": target,
            "GATEWAY_ROUTES": str(routes),
            "FLEET_LISTEN": "127.0.0.1:0",
            **env,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    return told.decode()


async def test_a_target_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    told = await _refused(tmp_path / "none.yaml", "fixed://127.0.0.1:1 nonsense")
    assert "GATEWAY_TARGETS: bad target 'nonsense'" in told


async def test_mistakes_in_the_files_stop_the_start_with_their_lines(
    tmp_path: Path,
) -> None:
    routes = tmp_path / "http.yaml"
    routes.write_text(
        "http:\n  rules:\n"
        "  - {selector: rpc.Rpc.GetChampion, get: '/v1/{champion}'}\n"
        "  - {selector: rpc.Rpc.ListBords, get: /v1/rankings}\n"
    )
    text = await _refused(routes, "fixed://127.0.0.1:1")
    assert "line 3: {champion} of rpc.GetChampionRequest" in text
    assert "did you mean 'champion_id'?" in text
    assert "line 4: no method 'rpc.Rpc.ListBords'" in text
