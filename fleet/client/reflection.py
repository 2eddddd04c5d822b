"""What a server says about its own methods and messages."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError
from grpc_reflection.v1alpha.reflection_pb2 import (
    ServerReflectionRequest,
    ServerReflectionResponse,
)

from fleet.client.wire import Caller, CallOptions, Method
from fleet.errors import CallRefused, NoReflection, Status

MOST_FILES = 500
"""A schema that goes on for ever must not fill our memory."""
_OPTIONS = CallOptions(timeout_s=10.0)

_USUAL = {
    module.DESCRIPTOR.name: module.DESCRIPTOR
    for module in (
        any_pb2,
        descriptor_pb2,
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )
}

# The two versions differ in their name only; the messages are the same bytes.
_VERSIONS = ("v1", "v1alpha")


@dataclass(slots=True)
class Reflection:
    """Asks one server, and keeps what it learns in a pool of its own.

    A private pool: the server's `rpc.proto` may well differ from ours.
    """

    wire: Caller
    pool: descriptor_pool.DescriptorPool = field(
        default_factory=descriptor_pool.DescriptorPool
    )
    files: dict[str, FileDescriptorProto] = field(default_factory=dict)
    """What the pool is made of, by name; what a file imports stands before it."""
    _versions: Sequence[str] = _VERSIONS

    async def services(self) -> list[str]:
        """Return the full names of all services, sorted."""
        reply = await self._ask(list_services="")
        return sorted(s.name for s in reply.list_services_response.service)

    async def learn(self, symbol: str) -> None:
        """Put the file that defines *symbol* into the pool, and what it imports.

        Raises:
            CallRefused: NOT_FOUND where the server does not know it.
        """
        given = _files(await self._ask(file_containing_symbol=symbol))
        for name in given:
            await self._add(name, given, frozenset())

    async def _add(
        self, name: str, given: Mapping[str, FileDescriptorProto], by: frozenset[str]
    ) -> None:
        """Add the file *name* after what it imports; *by* are its importers."""
        if name in self.files:
            return
        if name in by or len(by) + len(self.files) > MOST_FILES:
            raise _broken(f"{name}: a circle, or {MOST_FILES} files")
        file = given.get(name) or await self._import(name)
        for dependency in file.dependency:
            await self._add(dependency, given, by | {name})
        try:
            self.pool.Add(file)
        except TypeError as error:
            raise _broken(f"{name}: {error}") from error
        self.files[name] = file

    async def _import(self, name: str) -> FileDescriptorProto:
        try:
            return _files(await self._ask(file_by_filename=name))[name]
        except (CallRefused, KeyError):
            return _everybodys(name)

    async def _ask(self, **question: Any) -> ServerReflectionResponse:  # noqa: ANN401
        """Ask in the newest version that the server speaks."""
        for version in self._versions:
            try:
                reply = await self._ask_in(version, ServerReflectionRequest(**question))
            except CallRefused as error:
                if error.status is not Status.UNIMPLEMENTED:
                    raise
                continue
            self._versions = (version,)
            return reply
        raise NoReflection(self.wire.target)

    async def _ask_in(
        self, version: str, request: ServerReflectionRequest
    ) -> ServerReflectionResponse:
        path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
        method = Method(path, client_streaming=True, server_streaming=True)
        body = [request.SerializeToString()]
        async with contextlib.aclosing(
            self.wire.call(method, body, _OPTIONS)
        ) as replies:
            async for reply in replies:
                return _checked(reply)
        raise _broken("the stream ended without an answer")


def _checked(coded: bytes) -> ServerReflectionResponse:
    try:
        reply = ServerReflectionResponse.FromString(coded)
    except DecodeError as error:
        raise _broken(str(error)) from error
    if reply.HasField("error_response"):
        code = reply.error_response.error_code
        status = Status(code) if code in set(Status) else Status.UNKNOWN
        raise CallRefused(status, reply.error_response.error_message)
    return reply


def _broken(reason: str) -> CallRefused:
    """Return what is raised for a server whose answers make no sense."""
    return CallRefused(Status.INTERNAL, f"reflection is broken: {reason}")


def _everybodys(name: str) -> FileDescriptorProto:
    """Return a file of protobuf itself: some servers leave these out."""
    file = FileDescriptorProto()
    try:
        _USUAL[name].CopyToProto(file)
    except KeyError:
        raise _broken(f"the server lacks {name}") from None
    return file


def _files(reply: ServerReflectionResponse) -> dict[str, FileDescriptorProto]:
    coded = reply.file_descriptor_response.file_descriptor_proto
    try:
        files = [FileDescriptorProto.FromString(file) for file in coded]
    except DecodeError as error:
        raise _broken(str(error)) from error
    return {file.name: file for file in files}
