"""The gateway against its own description, asked by schemathesis.

A real gateway stands in front of a real game server. One run takes the description
as it is: no request, right or wrong, may be answered otherwise than it says. The
other adds the limits that the comments only put in words, so most requests get
through to the boards, and a right one must be taken.
"""

import asyncio
import contextlib
import copy
import hashlib
import json
import os
import re
import sys
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.until import until

_ADDRESS = re.compile(r"serving [^\"]*?(127\.0\.0\.1:[0-9]+)")

# A request that schemathesis finds right may still be one that the game refuses.
_AS_IT_IS = """
[checks.positive_data_acceptance]
expected-statuses = ["2XX", 304, 400, 404]
"""
_NARROWED = """
[checks.positive_data_acceptance]
expected-statuses = ["2XX", 304, 404]
"""
_CONFIG = """
seed = 1
request-timeout = 20
[generation]
database = "none"
unique-inputs = true
[parameters]
"query.timeout" = 20000
# A watch ends with its deadline: on a busy machine before it has begun.
[[operations]]
include-path = "/v1/rankings/{board}:watch"
[operations.parameters]
"query.timeout" = 50
[operations.checks]
not_a_server_error.expected-statuses = ["2XX", "3XX", "4XX", 504]
positive_data_acceptance.expected-statuses = ["2XX", 400, 404, 504]
"""

_TEXT = {"type": "string", "pattern": "^[a-z0-9é ]{1,8}$"}
_EMPTY = {"enum": [""]}
LIMITS: dict[str, dict[str, Any]] = {
    "board": {"enum": ["daily", "weekly", "all-time"]},
    "champion_id": {"type": "integer", "minimum": 1, "maximum": 10**6},
    "period": _EMPTY,
    "user_id": {"enum": ["ann", "bob"]},
    "userId": _TEXT,
    "userIds": {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 5},
    "name": _TEXT,
    "grade": {"enum": ["", "GOLD", "my own"]},
    "score": {"type": "integer", "minimum": -(10**6), "maximum": 10**6},
    "requestId": _EMPTY,
    "occurredAt": {"type": "null"},
    "pageSize": {"type": "integer", "minimum": 0, "maximum": 1000},
    "pageToken": _EMPTY,
    "neighbours": {"type": "integer", "minimum": 0, "maximum": 100},
    "top": {"type": "integer", "minimum": 0, "maximum": 100},
    "resumeToken": _EMPTY,
    "user": {"$ref": "#/components/schemas/rpc.RankingUser-input"},
    "updates": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/rpc.UpdateScoreRequest"},
        "minItems": 1,
        "maxItems": 5,
    },
}
REQUIRED = {
    "rpc.UpdateScoreRequest": ["user"],
    "rpc.UpdateScoresRequest": ["updates"],
    "rpc.RankingUser-input": ["userId"],
}


def narrowed(document: dict[str, Any], today: str) -> dict[str, Any]:
    """Return *document* with the limits that the game has."""
    found = copy.deepcopy(document)
    for name, message in found["components"]["schemas"].items():
        if message.get("additionalProperties") is False:  # a request's
            properties = message["properties"]
            properties |= {k: v for k, v in LIMITS.items() if k in properties}
            message["required"] = REQUIRED.get(name, [])
    for path, item in found["paths"].items():
        for verb, operation in item.items():
            operation.get("requestBody", {})["required"] = True
            for parameter in operation["parameters"]:
                _narrow(parameter, verb)
                if "{period}" in path:
                    _of_today(parameter, today)
    return found


def _narrow(parameter: dict[str, Any], verb: str) -> None:
    name = parameter.get("name")
    if name == "user_id" and verb == "delete":
        parameter["schema"] = _TEXT  # those whose ranks are asked for stay
    elif name in LIMITS:
        parameter["schema"] = LIMITS[name]
    if name == "userIds":
        parameter["required"] = True


def _of_today(parameter: dict[str, Any], today: str) -> None:
    only = {"board": "daily", "period": today}.get(parameter.get("name", ""))
    if only:
        parameter["schema"] = {"enum": [only]}


@dataclass(frozen=True)
class Running:
    """A gateway, and what both processes have logged."""

    url: str
    logs: tuple[Path, Path]

    async def ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        return await asyncio.to_thread(self._ask, path, body)

    def _ask(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        raw = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        asked = urllib.request.Request(self.url + path, raw, headers)  # noqa: S310 - http
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - http
            return json.load(answer)

    def bugs(self) -> list[str]:
        lines = [line for log in self.logs for line in log.read_text().splitlines()]
        return [line for line in lines if '"ERROR"' in line or "Traceback" in line]


@contextlib.asynccontextmanager
async def process(module: str, log: Path, **env: str) -> AsyncIterator[str]:
    """Run *module* for the length of the block; the address it serves on."""
    with log.open("wb") as err:
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            env={**os.environ, "FLEET_LISTEN": "127.0.0.1:0", **env},
            stdin=asyncio.subprocess.DEVNULL,
            stderr=err,
        )
    try:
        await until(lambda: _served(log), limit_s=60)
        yield _served(log)[0]
        assert started.returncode is None, f"{module} has ended"
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.wait()


def _served(log: Path) -> list[str]:
    return _ADDRESS.findall(log.read_text())


@contextlib.asynccontextmanager
async def running(home: Path, **env: str) -> AsyncIterator[Running]:
    logs = (home / "champion.log", home / "gateway.log")
    async with (
        process("services.champion", logs[0], CHAMPION_STORE="memory://") as backend,
        process(
            "services.gateway", logs[1], GATEWAY_TARGETS=f"fixed://{backend}", **env
        ) as address,
    ):
        yield Running(f"http://{address}", logs)


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("gateway")) as started:
        yield started


async def fuzzed(home: Path, location: str, config: str, *options: str) -> str:
    """Run schemathesis to its end and return what it printed.

    It is started as people start it, since its engine is no public interface.
    """
    (home / "config.toml").write_text(_CONFIG + config)
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
        *("--config-file", str(home / "config.toml"), "run", location, *options),
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await started.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
    assert started.returncode == 0, out.decode()
    return out.decode()


async def as_it_is(gateway: Running, home: Path, *options: str) -> None:
    await fuzzed(home, f"{gateway.url}/openapi.json", _AS_IT_IS, *options)
    assert gateway.bugs() == []


async def within_limits(gateway: Running, home: Path, *options: str) -> None:
    for board in LIMITS["board"]["enum"]:
        for user in ("ann", "bob"):  # somebody whose rank can be asked for
            score = {"user": {"userId": user}, "score": 1}
            await gateway.ask(f"/v1/rankings/{board}/scores", score)
    document = await gateway.ask("/openapi.json")
    board = await gateway.ask("/v1/rankings/daily")
    narrow = home / "narrow.json"
    narrow.write_text(json.dumps(narrowed(document, board["period"])))
    # What is wrong by these limits, the gateway may well take.
    right = ("--url", gateway.url, "--mode", "positive")
    await fuzzed(home, str(narrow), _NARROWED, *right, *options)
    assert gateway.bugs() == []


async def test_answers_are_what_the_description_says(
    gateway: Running, tmp_path: Path
) -> None:
    await as_it_is(gateway, tmp_path, "-n", "40", "--phases", "coverage,fuzzing")


async def test_requests_within_the_games_limits_are_taken(
    gateway: Running, tmp_path: Path
) -> None:
    await within_limits(gateway, tmp_path, "-n", "40", "--phases", "fuzzing")


async def test_a_key_that_is_asked_for_is_needed(tmp_path: Path) -> None:
    policy = tmp_path / "gateway.toml"
    policy.write_text(
        f'[keys.tester]\nsha256 = "{hashlib.sha256(b"secret").hexdigest()}"\n'
        '[[access]]\nmethods = "rpc.Rpc.GetChampion"\nallow = ["key"]\n'
    )
    async with running(tmp_path, GATEWAY_POLICY=str(policy)) as started:
        only = ("--include-operation-id", "Rpc_GetChampion", "-n", "40")
        key = ("--header", "x-api-key: secret")
        out = await fuzzed(
            tmp_path, f"{started.url}/openapi.json", _AS_IT_IS, *only, *key
        )
        assert '"status":401' in started.logs[1].read_text(), out
        assert started.bugs() == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("run", [as_it_is, within_limits])
async def test_at_length(gateway: Running, tmp_path: Path, run: Any) -> None:  # noqa: ANN401 - one of two
    await run(gateway, tmp_path, "-n", "200", "--phases", "coverage,fuzzing,stateful")
