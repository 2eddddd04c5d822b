"""Well-known types from their own JSON."""

from collections.abc import Callable
from typing import Any, Protocol

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from services.gateway.codec import times, values
from services.gateway.codec.descriptors import lacks
from services.gateway.codec.fields import DEEPEST
from services.gateway.codec.scalars import Convert
from services.gateway.codec.wrong import Broken, Wrong

WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in (
        *("Bool", "Bytes", "Double", "Float", "Int32"),
        *("Int64", "String", "UInt32", "UInt64"),
    )
)
_CONVERTERS: dict[str, Convert] = {
    "google.protobuf.Duration": times.duration,
    "google.protobuf.FieldMask": times.mask,
    "google.protobuf.Timestamp": times.timestamp,
}
_FILLS = {
    "google.protobuf.ListValue": values.list_value,
    "google.protobuf.Struct": values.struct,
    "google.protobuf.Value": values.value,
}
SPECIAL = frozenset({*WRAPPERS, *_CONVERTERS, *_FILLS, "google.protobuf.Any"})
"""Types whose JSON is not an object of their fields."""


class Types(Protocol):
    """What is needed of a `Reader`."""

    @property
    def pool(self) -> DescriptorPool:
        """Where the type of an `Any` is looked up."""

    @property
    def ignore_unknown(self) -> bool:
        """Whether unknown names are left out."""

    def of(self, kind: Descriptor) -> Convert:
        """Return the converter of a type."""

    def single(self, field: FieldDescriptor) -> tuple[type, Convert]:
        """Return the converter of one value."""


def known(kind: Descriptor, types: Types) -> Convert | None:
    """Return the converter of *kind* where it has a JSON of its own."""
    if kind.full_name in WRAPPERS:
        return _wrapper(types.single(kind.fields_by_name["value"])[1])
    if kind.full_name == "google.protobuf.Any":
        return _any(types)
    if kind.is_extendable:
        return _rare(kind, types)
    if fill := _FILLS.get(kind.full_name):
        return values.filled(kind, fill)
    return _CONVERTERS.get(kind.full_name)


def _wrapper(convert: Convert) -> Convert:
    return lambda plain, depth: {"value": convert(plain, depth)}


def _any(types: Types) -> Convert:
    def convert(plain: Any, depth: int) -> dict[str, Any]:  # noqa: ANN401 - plain data
        if type(plain) is not dict:
            raise Wrong(plain, "an object with @type")
        if not plain:
            return {}
        kind = _type_of(plain, types.pool)
        made = _content(kind, types)(plain, depth)
        message = GetMessageClass(kind)(**made) if type(made) is dict else made
        if missing := lacks(message):
            raise Broken("is required, and is not there").at(f".{missing[0]}")
        encoded = message.SerializeToString(deterministic=True)
        return {"type_url": plain["@type"], "value": encoded}

    return convert


def _type_of(plain: dict[str, Any], pool: DescriptorPool) -> Descriptor:
    url = plain.get("@type")
    allowed = "a type that is known here, such as type.googleapis.com/rpc.Champion"
    if type(url) is not str:
        raise Wrong(url, allowed).at(".@type")
    try:
        return pool.FindMessageTypeByName(url.rpartition("/")[2])
    except KeyError:
        raise Wrong(url, allowed).at(".@type") from None


def _content(kind: Descriptor, types: Types) -> Callable[[dict[str, Any], int], Any]:
    """Return the converter of what stands beside @type."""
    convert = types.of(kind)
    if kind.full_name not in SPECIAL:
        return lambda plain, depth: convert(
            {name: value for name, value in plain.items() if name != "@type"}, depth
        )

    def convert_value(plain: dict[str, Any], depth: int) -> Any:  # noqa: ANN401
        more = plain.keys() - {"@type", "value"}
        if "value" not in plain or (more and not types.ignore_unknown):
            raise Broken(f"has to be @type and value, as {kind.full_name} is in JSON")
        if depth >= DEEPEST:
            raise Broken(f"is nested too deep, allowed is {DEEPEST} messages")
        try:
            return convert(plain["value"], depth + 1)
        except Wrong as wrong:
            raise wrong.at(".value") from None

    return convert_value


def _rare(kind: Descriptor, types: Types) -> Convert:
    """Leave messages with extensions to json_format: nobody has many of them."""
    made = GetMessageClass(kind)

    def convert(plain: Any, depth: int) -> Any:  # noqa: ANN401 - plain data
        try:
            return json_format.ParseDict(
                plain,
                made(),
                ignore_unknown_fields=types.ignore_unknown,
                descriptor_pool=types.pool,
                max_recursion_depth=DEEPEST - depth,
            )
        except json_format.ParseError as error:
            raise Broken(f"cannot be read: {error}") from None
        except Exception:  # noqa: BLE001 - it has no rule of what it raises
            raise Wrong(plain, f"what {kind.full_name} takes") from None

    return convert
