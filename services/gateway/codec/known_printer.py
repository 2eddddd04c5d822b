"""Well-known types to their own JSON, and what else needs more than an attribute."""

import binascii
import ctypes
import math
from collections.abc import Callable
from typing import Any, Protocol

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from services.gateway.codec import times, values
from services.gateway.codec.known_reader import SPECIAL

Print = Callable[[Any], Any]

_PRINTS: dict[str, Print] = {
    "google.protobuf.Duration": times.duration_text,
    "google.protobuf.FieldMask": times.mask_text,
    "google.protobuf.ListValue": values.list_plain,
    "google.protobuf.Struct": values.struct_plain,
    "google.protobuf.Timestamp": times.timestamp_text,
    "google.protobuf.Value": values.value_plain,
}


class Types(Protocol):
    """What is needed of a `Printer`."""

    @property
    def pool(self) -> DescriptorPool:
        """Where the type of an `Any` is looked up."""

    @property
    def defaults(self) -> bool:
        """Whether what is empty and cannot be unset is printed as well."""

    def of(self, kind: Descriptor) -> Print:
        """Return the function of a type."""


def known(kind: Descriptor, types: Types) -> Print | None:
    """Return the function of *kind* where it has a JSON of its own."""
    if kind.full_name == "google.protobuf.Any":
        return _any(types)
    if kind.is_extendable:
        return _rare(types)
    return _PRINTS.get(kind.full_name)


def _any(types: Types) -> Print:
    def printed(message: Any) -> dict[str, Any]:  # noqa: ANN401 - of any pool
        url = message.type_url
        if not url and not message.value:
            return {}
        kind = _type_of(url, types.pool)
        try:
            content = GetMessageClass(kind).FromString(message.value)
        except DecodeError:
            raise ValueError(f"the content is no {kind.full_name}") from None
        plain = types.of(kind)(content)
        if kind.full_name in SPECIAL:
            return {"@type": url, "value": plain}
        return {"@type": url, **plain}

    return printed


def _type_of(url: str, pool: DescriptorPool) -> Descriptor:
    try:
        return pool.FindMessageTypeByName(url.rpartition("/")[2])
    except KeyError:
        raise ValueError("the type of its content is not known here") from None


def _rare(types: Types) -> Print:
    """Leave messages with extensions to json_format: nobody has many of them."""

    def printed(message: Message) -> Any:  # noqa: ANN401 - plain data
        try:
            return json_format.MessageToDict(
                message,
                always_print_fields_with_no_presence=types.defaults,
                descriptor_pool=types.pool,
            )
        except json_format.Error as error:
            raise ValueError(str(error)) from None

    return printed


def unusual(value: float) -> float | str:
    """Return the name of a number that JSON does not have, or *value* itself."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def single(value: float) -> float | str:
    """Return the shortest number that is *value* in 32 bits."""
    if not math.isfinite(value):
        return unusual(value)
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        if ctypes.c_float(short).value == value:
            return short
    return float(f"{value:.9g}")


def standard(value: bytes) -> str:
    """Return base64 with padding."""
    return binascii.b2a_base64(value, newline=False).decode()
