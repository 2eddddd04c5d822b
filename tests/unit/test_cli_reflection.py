"""Servers whose reflection is odd, old or hostile."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha.reflection_pb2 import (
    ServerReflectionRequest,
    ServerReflectionResponse,
)

from fleet.client.reflection import Reflection
from fleet.client.wire import CallOptions, Method
from fleet.errors import CallRefused, NoReflection, Status


def file(name: str, *imports: str, message: str = "M") -> bytes:
    made = FileDescriptorProto(name=name, package=name, dependency=imports)
    made.message_type.add(name=message)
    return made.SerializeToString()


@dataclass(frozen=True)
class Server:
    """Answers from memory: a file by its name, a symbol with the file "a"."""

    files: Mapping[str, bytes]
    versions: Sequence[str] = ("v1",)
    target: str = "memory"

    async def call(
        self, method: Method, requests: Sequence[bytes], options: CallOptions
    ) -> AsyncGenerator[bytes, None]:
        del options
        if method.path.split(".")[2] not in self.versions:
            raise CallRefused(Status.UNIMPLEMENTED, "no")
        asked = ServerReflectionRequest.FromString(requests[0])
        wanted = self.files.get(asked.file_by_filename or "a")
        reply = ServerReflectionResponse()
        if wanted is None:
            reply.error_response.error_code = 999
        else:
            reply.file_descriptor_response.file_descriptor_proto.append(wanted)
        yield b"\xff" if wanted == b"garbage" else reply.SerializeToString()


async def test_follows_imports_and_knows_those_of_protobuf_itself() -> None:
    timestamp = "google/protobuf/timestamp.proto"
    files = {"a": file("a", "b", timestamp), "b": file("b", "c"), "c": file("c")}
    reflection = Reflection(Server(files))
    await reflection.learn("a.M")

    assert reflection.pool.FindMessageTypeByName("c.M").name == "M"


async def test_speaks_the_old_version_too() -> None:
    reflection = Reflection(Server({"a": file("a")}, versions=("v1alpha",)))
    await reflection.learn("a.M")

    assert reflection.pool.FindMessageTypeByName("a.M").name == "M"


async def test_tells_when_there_is_none() -> None:
    with pytest.raises(NoReflection, match="memory does not support reflection"):
        await Reflection(Server({}, versions=())).learn("a.M")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        pytest.param({"a": file("a", "b"), "b": file("b", "a")}, "circle", id="circle"),
        pytest.param({"a": file("a", "b")}, "lacks b", id="missing-import"),
        pytest.param({"a": b"garbage"}, "broken", id="garbage-reply"),
        pytest.param({"a": b"\xff\xff"}, "broken", id="garbage-file"),
        pytest.param({"a": file("a", message="no name")}, "broken", id="bad-name"),
        pytest.param({}, "UNKNOWN", id="unknown-status"),
        pytest.param(
            {"a": file("a", "n0")}
            | {f"n{n}": file(f"n{n}", f"n{n + 1}") for n in range(600)},
            "500 files",
            id="without-end",
        ),
    ],
)
async def test_a_hostile_server_is_refused(
    files: dict[str, bytes], reason: str
) -> None:
    with pytest.raises(CallRefused, match=reason):
        await Reflection(Server(files)).learn("a.M")
