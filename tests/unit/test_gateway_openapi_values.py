"""JSON Schemas against what json_format writes and what the codec reads."""

import random
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from openapi_schema_validator import OAS31Validator

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.openapi.document import document
from services.gateway.openapi.fields import map_entry
from tests.support.described import Rules, proto_files, schema_of

ZOO = schema_of(proto_files(Path(__file__).with_name("gateway_openapi_zoo.proto")))
GIVE = ZOO.methods["zoo.Zoo/Give"]
ANIMAL = GIVE.request
DOCUMENT = document(ZOO, Rules(ZOO, []), title="", version="", secured=None)

CODEC = Codec(ZOO.pool)


def validator(key: str) -> OAS31Validator:
    whole = {"$ref": f"#/components/schemas/{key}", **DOCUMENT}
    return OAS31Validator(whole, format_checker=OAS31Validator.FORMAT_CHECKER)


GIVEN, ANSWERED = validator("zoo.Animal-input"), validator("zoo.Animal")


def some(field: FieldDescriptor, rng: random.Random) -> Any:  # noqa: ANN401 - any kind
    """Return a value of the field's type that is no message."""
    if field.enum_type is not None:
        return rng.choice([value.number for value in field.enum_type.values])
    cpp = field.cpp_type
    if cpp in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return rng.choice([0.5, -1e10, float("nan"), float("inf"), float("-inf")])
    if cpp == FieldDescriptor.CPPTYPE_BOOL:
        return rng.choice([True, False])
    if cpp == FieldDescriptor.CPPTYPE_STRING:
        text = rng.choice(["", "é", "a\0b"])
        return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
    signed = cpp in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64)
    wide = cpp in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
    bits = (63 if signed else 64) if wide else (31 if signed else 32)
    return rng.choice([0, 7, 2**bits - 1, -(2**bits) if signed else 1])


def filled(message: Message, rng: random.Random, depth: int = 0) -> None:
    """Set some of the fields of *message*."""
    kind: Any = message.DESCRIPTOR  # in the stubs two types
    for field in kind.fields:
        if rng.random() < 0.5 or depth > 3:
            continue
        entry = map_entry(field)
        if entry is not None:
            put(message, field, entry, rng, depth)
        elif field.message_type is not None:
            held = getattr(message, field.name)
            filled_wellknown(held.add() if field.is_repeated else held, rng, depth)
        elif field.is_repeated:
            getattr(message, field.name).extend([some(field, rng), some(field, rng)])
        else:
            setattr(message, field.name, some(field, rng))


def put(
    message: Message,
    field: FieldDescriptor,
    entry: Any,  # noqa: ANN401 - a descriptor
    rng: random.Random,
    depth: int,
) -> None:
    key = some(entry.fields_by_name["key"], rng)
    value = entry.fields_by_name["value"]
    held = getattr(message, field.name)
    if value.message_type is not None:
        filled(held[key], rng, depth + 1)
    else:
        held[key] = some(value, rng)


def filled_wellknown(held: Any, rng: random.Random, depth: int) -> None:  # noqa: ANN401
    held.SetInParent()
    name = held.DESCRIPTOR.full_name
    plain: dict[str, dict[str, Any]] = {
        "google.protobuf.Timestamp": {"seconds": 1_700_000_000, "nanos": 1000},
        "google.protobuf.Duration": {"seconds": -3, "nanos": -500_000_000},
        "google.protobuf.FieldMask": {"paths": ["a_string", "legs"]},
        "google.protobuf.Any": {
            "type_url": "x.example/zoo.Animal.Leg",
            "value": b"\x08\x02",
        },
    }
    if name in plain:
        for key, value in plain[name].items():
            if isinstance(value, list):
                getattr(held, key).extend(value)
            else:
                setattr(held, key, value)
    elif name in ("google.protobuf.Value", "google.protobuf.ListValue"):
        things: list[Any] = [[], [1, None, {"a": "b"}]]
        ParseDict(rng.choice(things), held)
    elif name == "google.protobuf.Struct":
        ParseDict(rng.choice([{}, {"a": [True, None]}]), held)
    else:
        filled(held, rng, depth + 1)


@pytest.mark.parametrize("seed", range(100))
def test_what_is_written_fits_both_schemas(seed: int) -> None:
    message = ANIMAL()
    filled(message, random.Random(seed))
    for always in (True, False):
        written = MessageToDict(
            message,
            always_print_fields_with_no_presence=always,
            descriptor_pool=ZOO.pool,
        )
        ANSWERED.validate(written)
        GIVEN.validate(written)


VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, 2**31, 2**32, 2**63, 2**64 - 1, 1e300),
    *("", "0", "1", "-1", "01", "1.5", "1.", " 1", "x", "true", "NaN", "Infinity"),
    *(
        "1e3",
        "-0",
        "QQ==",
        "QQ",
        "-_",
        "*",
        "LARGE",
        "large",
        "1.5s",
        "1",
        "-0.1s",
        "1s ",
    ),
    *([], [1], ["1"], [None], [{}], {}, {"toes": 1}, {"tose": 1}, {"1": 1}, {"a": {}}),
    *({"true": ""}, {"1": "LARGE"}, {"x": "LARGE"}, {"1": None}),
    *("2020-01-02T03:04:05Z", "2020-01-02", "aB", "a,b"),
]


@pytest.mark.parametrize("name", [field.name for field in GIVE.input.fields])
def test_the_codec_reads_what_fits_and_little_else(name: str) -> None:
    field = GIVE.input.fields_by_name[name]
    bodies = [{field.json_name: value} for value in VALUES]
    fitting = [body for body in bodies if GIVEN.is_valid(body)]
    read = [body for body in bodies if readable(body)]

    assert [body for body in fitting if body not in read] == []
    # Numbers may be written in other ways; nobody has to know.
    beyond = [body[field.json_name] for body in read if body not in fitting]
    assert [value for value in beyond if not number(value)] == BEYOND.get(name, [])


BEYOND: dict[str, list[Any]] = {
    "any": [{}],
    "nowhere": [0, 1, -1],
}


def number(value: Any) -> bool:  # noqa: ANN401 - plain data
    if isinstance(value, dict | list) and value:
        return all(map(number, value))
    return isinstance(value, str) and re.fullmatch(r"[0-9.e-]+s?", value) is not None


def readable(body: dict[str, Any]) -> bool:
    try:
        CODEC.parse(GIVE.input, orjson.dumps(body))
    except Failure:
        return False
    return True


def test_a_body_with_an_unknown_field_does_not_fit() -> None:
    assert not GIVEN.is_valid({"aDuble": 1})
    assert ANSWERED.is_valid({"new": 1})


OLD = """
syntax = "proto2";
package old;
service Old {
  rpc Ask(Question) returns (Question);
}
message Question {
  enum Kind { OPEN = 1; CLOSED = 2; }
  required string text = 1;
  optional Kind kind = 2;
  optional group Inner = 3 { optional int32 n = 1; }
  extensions 100 to 200;
}
"""


def test_what_only_proto2_has(tmp_path: Path) -> None:
    proto = tmp_path / "old.proto"
    proto.write_text(OLD)
    schema = schema_of(proto_files(proto))
    made = document(schema, Rules(schema, []), title="", version="", secured=None)
    whole = {"$ref": "#/components/schemas/old.Question-input", **made}
    question = OAS31Validator(whole)

    assert question.is_valid({"text": "?", "kind": "OPEN", "inner": {"n": 1}})
    assert question.is_valid({"text": "?", "kind": 2, "[old.more]": 1})
    assert not question.is_valid({"kind": 1})
    assert not question.is_valid({"text": None})
    assert not question.is_valid({"text": "?", "kind": 3})
