"""Messages with every kind of field, in a pool of their own, and random ones."""

import functools
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc  # type: ignore[import-untyped]  # has none

HERE = Path(__file__).parent
FILES = ("zoo.proto", "zoo2.proto", "zoo_edition.proto")
KINDS = ("zoo3.All", "zoo2.All", "zoo_edition.All")

_DEEPEST = 3
_TEXT = (
    "",
    "a",
    "Ünïcödé",
    "\U0001f40e",
    'quote " and \\',
    "a:b",
    "\x00\n\t",
    "é" * 40,
)
_FLOATS = (0.0, -0.0, 0.1, 1e-7, 1e21, 123456.789, -2.5, 5e-324, 1.7e308)
_SINGLES = (0.0, -0.0, 0.1, 0.9, 1e-7, 3.4028232e38, 1e-45, 16777216.0)
_ODD = (float("inf"), float("-inf"), float("nan"))


@functools.cache
def pool() -> DescriptorPool:
    """Return a pool of the three files and all that they import."""
    found = DescriptorPool()
    include = Path(protoc.__file__).parent / "_proto"
    with tempfile.NamedTemporaryFile() as coded:
        flags = [f"-I{HERE}", f"-I{include}", "--include_imports"]
        out = f"--descriptor_set_out={coded.name}"
        assert protoc.main(["", *flags, out, *FILES]) == 0
        for file in FileDescriptorSet.FromString(Path(coded.name).read_bytes()).file:
            found.Add(file)
    return found


def kind(name: str) -> Descriptor:
    """Return the type *name*, such as zoo3.All."""
    return pool().FindMessageTypeByName(name)


def new(name: str, **fields: Any) -> Any:  # noqa: ANN401 - of our own pool
    """Return a message of the type *name*."""
    return GetMessageClass(kind(name))(**fields)


def messages(of: Descriptor, rng: random.Random, depth: int = 0) -> Any:  # noqa: ANN401
    """Return a random message: a few fields, any of them at its limits."""
    if special := _SPECIAL.get(of.full_name):
        return special(of, rng, depth)
    message = GetMessageClass(of)()
    count = rng.choice((0, 1, 2, 5, 12)) if depth else rng.choice((0, 1, 5, 20, 60))
    for field in rng.sample(list(of.fields), min(count, len(of.fields))):
        _fill(message, field, rng, depth)
    return message


def _fill(message: Any, field: FieldDescriptor, rng: random.Random, depth: int) -> None:  # noqa: ANN401
    inner = field.message_type
    if inner is not None and depth >= _DEEPEST and inner is message.DESCRIPTOR:
        return
    if inner is not None and inner.GetOptions().map_entry:
        _fill_map(getattr(message, field.name), inner, rng, depth)
    elif field.is_repeated:
        several = (_value(field, rng, depth) for _ in range(rng.randrange(4)))
        getattr(message, field.name).extend(several)
    elif inner is not None:
        getattr(message, field.name).CopyFrom(messages(inner, rng, depth + 1))
        getattr(message, field.name).SetInParent()
    else:
        setattr(message, field.name, _value(field, rng, depth))


def _fill_map(entries: Any, of: Descriptor, rng: random.Random, depth: int) -> None:  # noqa: ANN401
    key, value = of.fields_by_name["key"], of.fields_by_name["value"]
    for _ in range(rng.randrange(4)):
        at = _value(key, rng, depth)
        if value.message_type is None:
            entries[at] = _value(value, rng, depth)
        elif depth < _DEEPEST:
            entries[at].CopyFrom(messages(value.message_type, rng, depth + 1))


def _value(field: FieldDescriptor, rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    if field.message_type is not None:
        return messages(field.message_type, rng, depth + 1)
    if field.enum_type is not None:
        return _enum(field, rng)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return rng.randbytes(rng.randrange(8))
    return _SCALARS[field.cpp_type](rng)


def _enum(field: FieldDescriptor, rng: random.Random) -> int:
    assert field.enum_type is not None
    known = list(field.enum_type.values_by_number)
    # json_format prints the null of an unknown number, which is another message.
    is_null = field.enum_type.full_name == "google.protobuf.NullValue"
    odd = [] if field.enum_type.is_closed or is_null else [77, -(2**31)]
    return rng.choice([*known, *odd])


def _whole(low: int, high: int) -> Callable[[random.Random], int]:
    return lambda rng: rng.choice((low, high, 0, 1, rng.randint(low, high)))


def _double(rng: random.Random) -> float:
    return rng.choice((*_FLOATS, *_ODD, rng.random(), rng.uniform(-1e9, 1e9)))


def _single(rng: random.Random) -> float:
    return rng.choice((*_SINGLES, *_ODD, rng.random(), rng.uniform(-1e9, 1e9)))


_SCALARS: dict[int, Callable[[random.Random], Any]] = {
    FieldDescriptor.CPPTYPE_INT32: _whole(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: _whole(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: _whole(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: _whole(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: _double,
    FieldDescriptor.CPPTYPE_FLOAT: _single,
    FieldDescriptor.CPPTYPE_BOOL: lambda rng: rng.random() < 0.5,
    FieldDescriptor.CPPTYPE_STRING: lambda rng: rng.choice(_TEXT),
}


def _timestamp(of: Descriptor, rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    del depth
    edge = rng.choice((-62135596800, 253402300799, 0, rng.randint(-(10**10), 10**10)))
    return GetMessageClass(of)(seconds=edge, nanos=_nanos(rng))


def _duration(of: Descriptor, rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    del depth
    sign = rng.choice((1, -1))
    seconds = rng.choice((0, 1, 315576000000, rng.randrange(10**6)))
    return GetMessageClass(of)(seconds=sign * seconds, nanos=sign * _nanos(rng))


def _nanos(rng: random.Random) -> int:
    return rng.choice((0, 1, 999_999_999, 500_000_000, 120_000, rng.randrange(10**9)))


def _mask(of: Descriptor, rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    del depth
    paths = ("user", "user.display_name", "a_b_c.d")
    return GetMessageClass(of)(paths=rng.sample(paths, rng.randrange(3)))


def _any_value(of: Descriptor, rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    message: Any = GetMessageClass(of)()
    which = rng.choice(("null", "number", "string", "bool", "struct", "list"))
    if depth >= _DEEPEST and which in ("struct", "list"):
        which = "null"
    field = of.fields_by_name[f"{which}_value"]
    if which == "number":
        message.number_value = rng.choice(_FLOATS)
    else:
        _fill(message, field, rng, depth)
    return message


def _packed(of: Descriptor, rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    message: Any = GetMessageClass(of)()
    if depth < _DEEPEST and rng.random() < 0.9:
        name = rng.choice(("zoo3.Leaf", "zoo3.All", "zoo2.All", *_WELL_KNOWN))
        message.Pack(messages(pool().FindMessageTypeByName(name), rng, _DEEPEST))
    return message


_WELL_KNOWN = tuple(
    f"google.protobuf.{name}"
    for name in ("Timestamp", "Struct", "Value", "Int64Value", "Empty", "Any")
)
_SPECIAL = {
    "google.protobuf.Any": _packed,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Value": _any_value,
}
