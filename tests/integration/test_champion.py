"""The game server, as clients in the field call it."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf import json_format
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from rpc.rpc_pb2 import (
    Empty,
    GetChampionRequest,
    RankingUser,
    UpdateScoreRequest,
)
from rpc.rpc_pb2_grpc import RpcStub, add_RpcServicer_to_server
from services.champion.roster import DATA, load
from services.champion.service import ChampionService
from tests.support.served import served
from tests.support.task import champion

Rpc = tuple[Any, str]
"""A stub, which has no type that fits grpc.aio, and the address."""

ROOT = Path(__file__).parents[2]
LITERAL = """\
{
  "champion": {
    "championId": 1,
    "type": "ASSASSIN",
    "name": "Akali",
    "message": "If you look dangerous, you better be dangerous."
  }
}
"""


@pytest_asyncio.fixture
async def rpc() -> AsyncIterator[Rpc]:
    service = ChampionService(load(DATA), random.Random(7))
    register = (add_RpcServicer_to_server, service)
    async with served(register) as (server, channel):
        yield RpcStub(channel), str(server.endpoint)


async def grpcurl(*args: str) -> str:
    """Run grpcurl from the root of the project; return what it prints."""
    pipe = subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "grpcurl", "-plaintext", *args, stdout=pipe, stderr=pipe, cwd=ROOT
    )
    out, err = await asyncio.wait_for(process.communicate(), 20)
    return (out + err).decode()


@pytest.mark.needs("grpcurl")
async def test_grpcurl_prints_the_original_answer(rpc: Rpc) -> None:
    _, address = rpc
    proto = ("-proto", "rpc/rpc.proto", "-import-path", "protos")

    out = await grpcurl(
        "-d", '{"champion_id": 1}', *proto, address, "rpc.Rpc/GetChampion"
    )

    assert out == LITERAL


async def test_answers_as_grpcurl_prints_it(rpc: Rpc) -> None:
    stub, _ = rpc

    answer = await stub.GetChampion(GetChampionRequest(champion_id=1))

    assert json_format.MessageToJson(answer) + "\n" == LITERAL


@pytest.mark.needs("grpcurl")
async def test_grpcurl_lists_and_describes_by_reflection(rpc: Rpc) -> None:
    _, address = rpc

    assert (await grpcurl(address, "list")).split() == [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "rpc.Rpc",
    ]
    described = await grpcurl(address, "describe")
    assert "rpc GetChampion ( .rpc.GetChampionRequest )" in described
    assert "Failed" not in described
    wrong = await grpcurl("-d", '{"champion_id": -1}', address, "rpc.Rpc/GetChampion")
    assert "champion_id" in wrong.partition("Details:")[2]


@pytest.mark.parametrize(
    ("wanted", "status", "text"),
    [
        (4, grpc.StatusCode.NOT_FOUND, "no champion 4"),
        (2**31 - 1, grpc.StatusCode.NOT_FOUND, "no champion 2147483647"),
        (0, grpc.StatusCode.INVALID_ARGUMENT, "champion_id is 0, allowed is 1 or more"),
        (-(2**31), grpc.StatusCode.INVALID_ARGUMENT, "champion_id is -2147483648"),
    ],
)
async def test_refuses_an_id_that_it_does_not_have(
    rpc: Rpc, wanted: int, status: grpc.StatusCode, text: str
) -> None:
    stub, _ = rpc

    with pytest.raises(grpc.aio.AioRpcError, match=text) as caught:
        await stub.GetChampion(GetChampionRequest(champion_id=wanted))

    assert caught.value.code() is status
    if status is grpc.StatusCode.INVALID_ARGUMENT:
        trailers = dict(caught.value.trailing_metadata())
        rich = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
        bad = error_details_pb2.BadRequest()
        assert rich.details[0].Unpack(bad)
        assert bad.field_violations[0].field == "champion_id"


async def test_lists_every_champion_in_the_order_of_the_file(rpc: Rpc) -> None:
    stub, _ = rpc

    answer = await stub.ListChampions(Empty())

    assert [c.champion_id for c in answer.champions] == [1, 2, 3]


async def test_a_task_without_a_redis_can_keep_rankings_itself() -> None:
    async with champion(CHAMPION_STORE="memory://", FLEET_LINGER_S="0") as task:
        address = await task.address()
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = RpcStub(channel)
            user = RankingUser(user_id="ada")
            answer = await stub.UpdateScore(UpdateScoreRequest(user=user, score=5))
        task.tell(signal.SIGTERM)

        assert await task.code() == 0
        assert answer.entry.rank == 1


async def test_draws_every_battle_field(rpc: Rpc) -> None:
    stub, _ = rpc

    drawn = [(await stub.GetBattleField(Empty())).battle_field for _ in range(30)]

    # Seeded with 7: the same draws as this dice, made here.
    dice, fields = random.Random(7), load(DATA).battle_fields
    assert drawn == [dice.choice(fields) for _ in range(30)]
    assert len({f.name for f in drawn}) == 3


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        pytest.param({"CHAMPION_SEED": "x"}, 2, "CHAMPION_SEED='x'", id="bad-seed"),
        pytest.param({"FLEET_GRACE": "1"}, 2, "is not a setting", id="typo"),
        pytest.param({"CHAMPION_DATA": "/none"}, 2, "No such file", id="no-data"),
        pytest.param({"CHAMPION_BOARDS": "/none"}, 2, "No such file", id="no-boards"),
        pytest.param(
            {"CHAMPION_DURABILITY": "disk"}, 2, "='disk' is not one of", id="durability"
        ),
        pytest.param({"CHAMPION_REPLICAS": "0"}, 2, "1 or more", id="replicas"),
        pytest.param({"CHAMPION_STORE": "mysql://x"}, 2, "cannot be used", id="store"),
        pytest.param(
            {"FLEET_LISTEN": "192.0.2.1:0"}, 1, "192.0.2.1:0: Cannot assign", id="alien"
        ),
    ],
)
def test_a_task_that_cannot_serve_says_why(
    env: dict[str, str], code: int, said: str
) -> None:
    command = [sys.executable, "-m", "services.champion"]

    ended = subprocess.run(  # noqa: S603 - our own program
        command, env=env, cwd=ROOT, capture_output=True, timeout=30, check=False
    )

    assert ended.returncode == code
    assert said in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
