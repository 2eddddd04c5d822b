"""What messages are in JSON: rule by rule."""

import json
import math
from typing import Any

import pytest

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.failure import Failure
from tests.support import zoo


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(zoo.pool())


PRINTED = [
    ({"f_int32": -5}, {"fInt32": -5}),
    ({"f_int64": 2**63 - 1}, {"fInt64": "9223372036854775807"}),
    ({"f_uint64": 2**64 - 1}, {"fUint64": "18446744073709551615"}),
    ({"f_fixed64": 1}, {"fFixed64": "1"}),
    ({"f_double": 0.1}, {"fDouble": 0.1}),
    ({"f_double": -0.0}, {"fDouble": -0.0}),
    ({"f_double": math.nan}, {"fDouble": "NaN"}),
    ({"f_double": -math.inf}, {"fDouble": "-Infinity"}),
    ({"f_float": 0.1}, {"fFloat": 0.1}),
    ({"f_float": 16777216.0}, {"fFloat": 16777216.0}),
    ({"f_float": math.inf}, {"fFloat": "Infinity"}),
    ({"f_bool": True}, {"fBool": True}),
    ({"f_bytes": b"\xff\xfe"}, {"fBytes": "//4="}),
    ({"f_kind": 1}, {"fKind": "CAT"}),
    ({"f_kind": -1}, {"fKind": "MINUS"}),
    ({"f_kind": 99}, {"fKind": 99}),
    ({"f_leaf": {}}, {"fLeaf": {}}),
    ({"r_int64": [1, 2]}, {"rInt64": ["1", "2"]}),
    ({"r_kind": [0, 99]}, {"rKind": ["NONE", 99]}),
    ({"o_double": 0.0}, {"oDouble": 0.0}),
    ({"o_string": ""}, {"oString": ""}),
    ({"c_number": 0}, {"cNumber": 0}),
    ({"m_bool": {True: 1}}, {"mBool": {"true": "CAT"}}),
    ({"m_sint64": {-1: 2}}, {"mSint64": {"-1": "2"}}),
    ({"w_timestamp": {}}, {"wTimestamp": "1970-01-01T00:00:00Z"}),
    ({"w_timestamp": {"nanos": 10**6}}, {"wTimestamp": "1970-01-01T00:00:00.001Z"}),
    ({"w_timestamp": {"nanos": 1}}, {"wTimestamp": "1970-01-01T00:00:00.000000001Z"}),
    ({"w_duration": {"seconds": -1, "nanos": -(10**8)}}, {"wDuration": "-1.100s"}),
    ({"w_duration": {"nanos": -1000}}, {"wDuration": "-0.000001s"}),
    ({"w_mask": {"paths": ["a_b.c", "d"]}}, {"wMask": "aB.c,d"}),
    ({"w_int64": {"value": 0}}, {"wInt64": "0"}),
    ({"w_bytes": {"value": b"a"}}, {"wBytes": "YQ=="}),
    ({"w_empty": {}}, {"wEmpty": {}}),
    ({"renamed": "x"}, {'other "name"': "x"}),
    ({"class": 1}, {"class": 1}),
    ({"plain": 1}, {"def": 1}),
]


@pytest.mark.parametrize(("fields", "expected"), PRINTED)
def test_a_message_is_printed_and_read_again(
    codec: Codec, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    message = zoo.new("zoo3.All", **fields)

    raw = codec.encode(message, defaults=False)

    assert raw == json.dumps(expected, separators=(",", ":")).encode()
    assert codec.parse(message.DESCRIPTOR, raw).SerializeToString() == (
        message.SerializeToString()
    )


def test_a_struct_is_printed_as_what_it_says(codec: Codec) -> None:
    said = {"z": [1, "a", None, True], "a": {"b": {}}}
    message = zoo.new("zoo3.All")
    message.w_struct.update(said)
    message.w_value.struct_value.update(said)

    plain = codec.plain(message, defaults=False)

    assert plain == {"wStruct": said, "wValue": said}
    assert codec.from_plain(message.DESCRIPTOR, plain) == message


def test_defaults_are_what_cannot_be_unset(codec: Codec) -> None:
    message = zoo.new("zoo3.Leaf")

    assert codec.plain(message) == {"number": 0, "displayName": ""}
    assert codec.plain(message, defaults=False) == {}
    assert codec.plain(zoo.new("zoo2.All"), defaults=True) == {
        "several": [],
        "packed": [],
        "named": {},
    }


def test_the_keys_of_a_map_are_sorted(codec: Codec) -> None:
    """Equal answers are equal bytes, in every process: an ETag depends on it."""
    message = zoo.new("zoo3.All", m_int32=dict.fromkeys([10, 9, -1, 2], 1.0))

    plain = codec.plain(message, defaults=False)["mInt32"]

    assert list(plain) == ["-1", "2", "9", "10"]


def test_fields_stand_in_the_order_of_the_proto(codec: Codec) -> None:
    message = zoo.new("zoo3.All", f_int32=1, c_number=2, o_bool=True, f_bool=True)

    assert list(codec.plain(message, defaults=False)) == [
        "fInt32",
        "fBool",
        "oBool",
        "cNumber",
    ]


@pytest.mark.parametrize("defaults", [True, False])
def test_extensions_and_groups_are_printed_and_read(
    codec: Codec, *, defaults: bool
) -> None:
    message = zoo.new("zoo2.All", inner={"deep": 5})
    more = zoo.pool().FindExtensionByName("zoo2.more")
    message.extended.Extensions[more] = 7

    plain = codec.plain(message, defaults=defaults)

    assert plain["inner"] == {"deep": "5"}
    assert plain["extended"]["[zoo2.more]"] == "7"
    assert codec.from_plain(message.DESCRIPTOR, plain) == message


def test_an_any_is_printed_with_its_type(codec: Codec) -> None:
    message = zoo.new("zoo3.All")
    message.w_any.Pack(zoo.new("zoo3.Leaf", number=1))
    moment = message.rw_any.add()
    moment.Pack(zoo.new("google.protobuf.Timestamp"))
    message.rw_any.add()

    plain = codec.plain(message, defaults=False)

    assert plain == {
        "wAny": {"@type": "type.googleapis.com/zoo3.Leaf", "number": 1},
        "rwAny": [
            {
                "@type": "type.googleapis.com/google.protobuf.Timestamp",
                "value": "1970-01-01T00:00:00Z",
            },
            {},
        ],
    }
    assert codec.from_plain(message.DESCRIPTOR, plain) == message


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({"f_all": {"w_timestamp": {"seconds": 10**12}}}, "fAll.wTimestamp"),
        ({"w_duration": {"seconds": 1, "nanos": -1}}, "wDuration"),
        ({"w_mask": {"paths": ["aB"]}}, "wMask"),
        ({"w_any": {"type_url": "x/none.Such"}}, "wAny"),
        ({"w_any": {"type_url": "x/zoo3.Leaf", "value": b"\xff"}}, "wAny"),
        ({"m_timestamp": {"a": {"nanos": -1}}}, 'mTimestamp["a"]'),
    ],
)
def test_what_json_cannot_say_is_named(
    codec: Codec, fields: dict[str, Any], blamed: str
) -> None:
    with pytest.raises(Failure) as refused:
        codec.encode(zoo.new("zoo3.All", **fields))

    assert f"the answer's {blamed} " in refused.value.message
    assert refused.value.status is Status.INTERNAL


def test_a_number_that_no_value_may_be_is_named(codec: Codec) -> None:
    message = zoo.new("zoo3.All")
    message.rw_value.add().bool_value = True
    message.rw_value.add().number_value = math.nan

    with pytest.raises(Failure, match=r"rwValue\[1\]"):
        codec.encode(message)


def test_a_string_that_is_no_text_is_told(codec: Codec) -> None:
    """proto2 does not check its strings; no other field hides it."""
    message = type(zoo.new("zoo2.All")).FromString(b"\x12\x01\xff")

    with pytest.raises(Failure, match=r"zoo2\.All .* not UTF-8"):
        codec.encode(message)
