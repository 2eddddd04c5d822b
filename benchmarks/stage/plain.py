"""What people write without a gateway: a FastAPI route that calls the stub."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import uvicorn
from fastapi import FastAPI, HTTPException
from google.protobuf.json_format import MessageToDict
from pydantic import BaseModel

from rpc import rpc_pb2, rpc_pb2_grpc


class Champion(BaseModel):
    """The answer, as FastAPI wants it declared."""

    championId: int  # noqa: N815 - the name in JSON
    type: str
    name: str
    message: str


class Answer(BaseModel):
    """The response of GetChampion."""

    champion: Champion


def app(target: str) -> FastAPI:
    """Return the application."""

    @asynccontextmanager
    async def lifespan(made: FastAPI) -> AsyncIterator[None]:
        async with grpc.aio.insecure_channel(target) as channel:
            made.state.stub = rpc_pb2_grpc.RpcStub(channel)
            yield

    made = FastAPI(lifespan=lifespan)

    @made.get("/v1/champions/{champion_id}")
    async def champion(champion_id: int) -> Answer:
        request = rpc_pb2.GetChampionRequest(champion_id=champion_id)
        try:
            answer = await made.state.stub.GetChampion(request, timeout=10)
        except grpc.aio.AioRpcError as error:
            raise HTTPException(502, error.details()) from None
        plain = MessageToDict(answer, always_print_fields_with_no_presence=True)
        return Answer(**plain)

    return made


if __name__ == "__main__":
    host, _, port = os.environ["FLEET_LISTEN"].rpartition(":")
    target = os.environ["GATEWAY_TARGETS"].removeprefix("fixed://")
    uvicorn.run(app(f"ipv4:{target}"), host=host, port=int(port))
