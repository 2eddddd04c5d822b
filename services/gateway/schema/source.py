"""What one backend tells of itself, by reflection."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError

from fleet.client.channel import Channel
from fleet.client.reflection import Reflection
from fleet.client.wire import Wire
from fleet.errors import BadConfig

OWN = ("grpc.reflection.", "grpc.health.")
"""Services that every server of a fleet has, and nobody calls through a door."""


@dataclass(frozen=True, slots=True)
class Source:
    """The services of one backend, and the files that describe them."""

    target: str
    services: Sequence[str]
    files: Sequence[FileDescriptorProto]
    """What a file imports stands before it."""

    @property
    def digest(self) -> str:
        """Return a hash that changes when anything here does."""
        coded = (file.SerializeToString(deterministic=True) for file in self.files)
        parts = [self.target.encode(), *(s.encode() for s in self.services), *coded]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    @property
    def size(self) -> int:
        """Return how much it says: bytes of its files, without comments."""
        return sum(file.ByteSize() for file in stripped(self.files))


async def reflected(target: str, channel: Channel) -> Source:
    """Ask *target* what it serves.

    Raises:
        CallRefused: It refused, or its answers make no sense.
        NoReflection: It does not say.
        NoEndpoints: Nobody is there.
    """
    reflection = Reflection(Wire(target, channel))
    services = [s for s in await reflection.services() if not s.startswith(OWN)]
    for service in services:
        await reflection.learn(service)
    return Source(target, tuple(services), tuple(reflection.files.values()))


def described(target: str, files: Sequence[FileDescriptorProto]) -> Source:
    """Return what *files* say that *target* serves, for want of its own word."""
    services = [
        f"{file.package}.{service.name}".lstrip(".")
        for file in files
        for service in file.service
    ]
    return Source(target, tuple(services), tuple(files))


def read_descriptors(path: Path) -> Sequence[FileDescriptorProto]:
    """Return the files of a `FileDescriptorSet`, as protoc writes it.

    Raises:
        BadConfig: It cannot be read, or is none.
    """
    try:
        found = FileDescriptorSet.FromString(path.read_bytes())
    except (OSError, DecodeError) as error:
        made = "make one: protoc --include_imports --include_source_info"
        raise BadConfig(str(path), [f"{error}; {made}"]) from error
    return tuple(found.file)


def stripped(files: Iterable[FileDescriptorProto]) -> Iterable[FileDescriptorProto]:
    """Yield *files* without their comments: two that only differ there are equal."""
    for file in files:
        bare = FileDescriptorProto()
        bare.CopyFrom(file)
        bare.ClearField("source_code_info")
        yield bare
