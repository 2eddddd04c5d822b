"""JSON that means harm: nothing but a `Failure` ever comes of it."""

import json
import random
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from tests.support import zoo

MB = 2**20


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(zoo.pool())


def status(
    codec: Codec, kind: Descriptor, raw: bytes, *, ignore_unknown: bool = False
) -> int:
    """Return the HTTP status of *raw*; anything but a `Failure` comes through."""
    try:
        codec.parse(kind, raw, ignore_unknown=ignore_unknown)
    except Failure as refused:
        return refused.http
    return 200


def nested(name: str, levels: int) -> bytes:
    return b'{"%s":' % name.encode() * levels + b"{}" + b"}" * levels


@pytest.mark.parametrize("raw", [b"[" * MB, b'{"a":' * MB, b'"' + b"\\" * MB])
def test_a_megabyte_of_brackets_is_refused(codec: Codec, raw: bytes) -> None:
    with pytest.raises(Failure, match="line 1, column"):
        codec.parse(zoo.kind("zoo3.All"), raw)


def test_messages_may_be_100_deep(codec: Codec) -> None:
    kind = zoo.kind("zoo3.All")
    message = codec.parse(kind, nested("fAll", 99))

    assert GetMessageClass(kind).FromString(message.SerializeToString()) == message
    with pytest.raises(Failure, match="nested too deep, allowed is 100 messages"):
        codec.parse(kind, nested("fAll", 100))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"wValue":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"wStruct":' + nested("a", 60) + b"}",
        b'{"wAny":' + nested("@type", 200) + b"}",
        nested("unknown", 255),
    ],
)
@pytest.mark.parametrize("ignore_unknown", [True, False])
def test_other_depths_are_refused(
    codec: Codec, raw: bytes, *, ignore_unknown: bool
) -> None:
    with pytest.raises(Failure):
        codec.parse(zoo.kind("zoo3.All"), raw, ignore_unknown=ignore_unknown)


def test_anys_within_anys_are_counted(codec: Codec) -> None:
    plain: object = {}
    for _ in range(110):
        plain = {"@type": "x/google.protobuf.Any", "value": plain}

    with pytest.raises(Failure, match="nested too deep"):
        codec.parse(zoo.kind("zoo3.All"), json.dumps({"wAny": plain}).encode())


def test_an_answer_that_is_too_deep_is_refused(codec: Codec) -> None:
    packed = zoo.new("google.protobuf.Any")
    for _ in range(2000):
        outer = zoo.new("google.protobuf.Any", value=packed.SerializeToString())
        outer.type_url = "x/google.protobuf.Any"
        packed = outer

    with pytest.raises(Failure, match="nested too deep"):
        codec.encode(zoo.new("zoo3.All", w_any=packed))


@pytest.mark.parametrize("digits", [20, 310, 5000, MB])
@pytest.mark.parametrize("form", ['{"fInt64":%s}', '{"fInt64":"%s"}', '{"fBool":%s}'])
def test_huge_numbers_are_refused(codec: Codec, form: str, digits: int) -> None:
    with pytest.raises(Failure) as refused:
        codec.parse(zoo.kind("zoo3.All"), (form % ("9" * digits)).encode())

    assert len(refused.value.message) < 500


def test_a_huge_name_is_not_repeated(codec: Codec) -> None:
    raw = json.dumps({"f" * MB: 1, "fLeaf": {}}).encode()

    with pytest.raises(Failure) as refused:
        codec.parse(zoo.kind("zoo3.All"), raw)

    assert len(str(refused.value.details)) < 2000


def test_a_path_of_a_url_has_an_end(codec: Codec) -> None:
    message = zoo.new("zoo3.All")

    codec.scalar(message, "f_all." * 99 + "f_int32", "1")

    assert type(message).FromString(message.SerializeToString()) == message
    with pytest.raises(Failure, match="is too deep, allowed are 100 names"):
        codec.scalar(message, "f_all." * 100 + "f_int32", "1")


def test_names_of_a_descriptor_are_no_code() -> None:
    """Descriptors come from the network; the printers are source."""
    evil = "x\"]; raise SystemExit  # {0} ' \\"
    file = FileDescriptorProto(name="evil.proto", syntax="proto3")
    message = file.message_type.add(name="Evil")
    names = ("m", "d", "v", "str", "getattr", "f0", "lambda", "__class__", "x", "y")
    for number, name in enumerate(names, 1):
        message.field.add(
            name=name, number=number, type="TYPE_STRING", label="LABEL_OPTIONAL"
        ).json_name = f"{evil}{number}"
    pool = DescriptorPool()
    pool.Add(file)
    kind = pool.FindMessageTypeByName("Evil")
    codec = Codec(pool)

    made = GetMessageClass(kind)(**dict.fromkeys(names, "here"))

    plain = codec.plain(made)
    assert plain == {f"{evil}{n}": "here" for n in range(1, len(names) + 1)}
    assert codec.from_plain(kind, plain) == made


WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**64 - 1, 1.5, 1e300),
    *("", "x", "9" * 50, [], [[]], {}, {"": 0}),
)


@pytest.mark.parametrize("name", [*zoo.KINDS, "zoo2.Extended"])
@pytest.mark.parametrize("ignore_unknown", [True, False])
def test_any_value_at_any_field_is_read_or_refused(
    codec: Codec, name: str, *, ignore_unknown: bool
) -> None:
    kind = zoo.kind(name)
    for field in kind.fields:
        for value in (*WRONG, *([w] for w in WRONG), *({"1": w} for w in WRONG)):
            raw = json.dumps({field.json_name: value}).encode()
            assert status(codec, kind, raw, ignore_unknown=ignore_unknown) in {200, 400}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(st.binary() | JSON.map(lambda plain: json.dumps(plain).encode()))
def test_anything_is_read_or_refused(raw: bytes) -> None:
    for name in ("zoo3.Leaf", "google.protobuf.Value", "google.protobuf.Any"):
        assert status(Codec(zoo.pool()), zoo.kind(name), raw) in {200, 400}


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_broken_json_is_read_or_refused(rng: random.Random) -> None:
    codec = Codec(zoo.pool())
    raw = bytearray(codec.encode(zoo.messages(zoo.kind("zoo3.All"), rng, 1)))
    for _ in range(rng.randrange(4)):
        raw[rng.randrange(len(raw))] = rng.choice(b'{}[]":,\\0aeu-.')
    assert status(codec, zoo.kind("zoo3.All"), bytes(raw)) in {200, 400}
