"""A server of nobody's, with reflection v1alpha only: `python fleet_command_zoo.py`.

It prints the port that it got, and ends when its stdin does.
"""

import asyncio
import importlib
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # has none
from grpc_reflection.v1alpha import reflection
from grpc_tools import protoc  # type: ignore[import-untyped]  # has none

HERE = Path(__file__).parent


def learn() -> None:
    """Put the schema into the default pool."""
    with tempfile.NamedTemporaryFile() as coded:
        proto = HERE / "fleet_command_zoo.proto"
        include = Path(protoc.__file__).parent / "_proto"
        out = f"--descriptor_set_out={coded.name}"
        protoc.main(["", f"-I{HERE}", f"-I{include}", out, str(proto)])
        for file in FileDescriptorSet.FromString(Path(coded.name).read_bytes()).file:
            for name in file.dependency:
                importlib.import_module(
                    name.removesuffix(".proto").replace("/", ".") + "_pb2"
                )
            descriptor_pool.Default().Add(file)


async def one(request: Any, context: Any) -> Any:  # noqa: ANN401 - dynamic
    if dict(context.invocation_metadata()).get("give") == "back":
        request.name = "metadata"
    return request


async def count(request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
    del context
    for n in range(3):
        request.weight = n
        yield request


async def last(requests: AsyncIterator[Any], context: Any) -> Any:  # noqa: ANN401
    del context
    return [request async for request in requests][-1]


async def chat(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
    del context
    async for request in requests:
        yield request


async def fail(request: Any, context: Any) -> None:  # noqa: ANN401
    status = status_pb2.Status(code=3, message="bad")
    status.details.add().Pack(error_details_pb2.RetryInfo())
    status.details.add().Pack(request)
    stranger = status.details.add()
    stranger.type_url, stranger.value = "type.googleapis.com/un.Known", b"abc"
    context.set_trailing_metadata(
        [("grpc-status-details-bin", status.SerializeToString())]
    )
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "bad")


async def main() -> None:
    """Serve until stdin ends."""
    learn()
    pool = descriptor_pool.Default()
    animal: Any = GetMessageClass(pool.FindMessageTypeByName("zoo.Animal"))
    coding = {
        "request_deserializer": animal.FromString,
        "response_serializer": animal.SerializeToString,
    }
    methods = {
        "One": grpc.unary_unary_rpc_method_handler(one, **coding),
        "Count": grpc.unary_stream_rpc_method_handler(count, **coding),
        "Last": grpc.stream_unary_rpc_method_handler(last, **coding),
        "Chat": grpc.stream_stream_rpc_method_handler(chat, **coding),
        "Fail": grpc.unary_unary_rpc_method_handler(fail, **coding),
    }
    server = grpc.aio.server()
    handler = grpc.method_handlers_generic_handler("zoo.Zoo", methods)
    server.add_generic_rpc_handlers((handler,))
    reflection.enable_server_reflection(["zoo.Zoo", reflection.SERVICE_NAME], server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)  # noqa: T201 - the test reads it
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    asyncio.run(main())
