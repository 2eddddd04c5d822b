"""A status that is not OK, as grpcurl prints it."""

import base64
from collections.abc import Iterator

from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from fleet.cli.schema.jsonout import as_dict, render
from fleet.client.reflection import Reflection
from fleet.errors import CallRefused, FleetError

_USUAL: DescriptorPool = error_details_pb2.DESCRIPTOR.pool
"""Knows BadRequest and its like, because they have been imported."""

EXIT_BASE = 64
"""An exit code tells the status: 64 + its number, as with grpcurl."""


async def status_lines(error: CallRefused, reflection: Reflection) -> Iterator[str]:
    """Return the lines that tell people of *error*, its details decoded."""
    name = "".join(word.capitalize() for word in error.status.name.split("_"))
    lines = ["ERROR:", f"  Code: {name}", f"  Message: {error.message}"]
    details = _details(error.details)
    if details:
        lines.append("  Details:")
    for number, detail in enumerate(details, 1):
        text = render(await _plain(detail, reflection)).replace("\n", "\n    \t")
        lines.append(f"  {number})\t{text}")
    return iter(lines)


def _details(coded: bytes) -> list[Any]:
    try:
        return list(status_pb2.Status.FromString(coded).details)
    except DecodeError:
        return []  # not a status: the code and the message still stand


async def _plain(detail: Any, reflection: Reflection) -> dict[str, object]:
    name = detail.type_url.rpartition("/")[2]
    kind = await _kind(name, reflection)
    unknown = f"{name} is not recognized; see @value for raw binary message data"
    if kind is not None:
        message = GetMessageClass(kind)()
        try:
            message.ParseFromString(detail.value)
            return {"@type": detail.type_url, **as_dict(message, reflection.pool)}
        except DecodeError:
            unknown = f"{name} cannot be decoded; see @value"
    value = base64.b64encode(detail.value).decode()
    return {"@error": unknown, "@type": detail.type_url, "@value": value}


async def _kind(name: str, reflection: Reflection) -> Descriptor | None:
    """Find a type among the usual ones, then ask the server."""
    try:
        return _USUAL.FindMessageTypeByName(name)
    except KeyError:
        pass
    try:
        await reflection.learn(name)
        return reflection.pool.FindMessageTypeByName(name)
    except (KeyError, FleetError):
        return None
