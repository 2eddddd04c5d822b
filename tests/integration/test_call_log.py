"""A line for each call, or only for those that failed."""

import grpc
import pytest

from fleet.client.connect import connect
from rpc.rpc_pb2 import GetChampionRequest
from rpc.rpc_pb2_grpc import RpcStub
from tests.support.task import champion


@pytest.mark.parametrize(("log_calls", "lines"), [("all", 2), ("failed", 1)])
async def test_a_failed_call_is_always_in_the_log(log_calls: str, lines: int) -> None:
    async with (
        champion(FLEET_LOG_CALLS=log_calls) as task,
        connect(f"fixed://{await task.address()}") as channel,
    ):
        stub = RpcStub(channel)
        await stub.GetChampion(GetChampionRequest(champion_id=1))
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.GetChampion(GetChampionRequest(champion_id=10**6))
        last = await task.line("rpc.Rpc/GetChampion NOT_FOUND")

    calls = [entry for entry in task.lines if entry["logger"] == "fleet.call"]
    assert len(calls) == lines
    assert last["level"] == "WARNING"
    assert {"INFO"} >= {entry["level"] for entry in calls if entry is not last}
