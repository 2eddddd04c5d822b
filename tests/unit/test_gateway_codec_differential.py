"""Our codec against google's json_format, on random messages and random damage."""

import collections
import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from tests.support import zoo

MANY = 10_000

Read = Callable[[Descriptor, bytes], Any]

STRICTER = {
    "a boolean is no number": r"is (True|False), allowed is a number",
    "neither is a boolean or a fraction an enum": (
        r"is (True|False|-?\d+\.\d+), allowed is one of"
    ),
    "base64 has no other characters": r"allowed is base64",
    "a field is given once, by one of its names": r"is there twice",
    "two keys of a map are not the same": r"is the same key",
    "null counts in a oneof where it is a value": r"are both of the oneof",
    "nothing stands beside the value of an Any": r"has to be @type and value",
    "required fields are asked for": r"is required",
    "nothing empty but an object is a message": r"is (\[\]|''), allowed is an object",
    "the number of an enum has 32 bits": r"is -?\d{10,}, allowed is one of",
    "a number is written as JSON writes it": r"is '[^']*', allowed is a",
}
"""Where json_format takes what it should not, by what we say of it."""

LOOSER = {
    "null is an element, of enums that have no other": "NullValue",
    "null clears repeated values": "has no attribute 'null_value'",
    "a 32-bit float is rounded before it is compared": "Float value too",
}
"""Where json_format refuses, or breaks at, what it should not, by what it says."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 100.0, -0.0),
    *(2**31, 2**32, 2**53 + 1, 2**63, 2**64, -(2**31), -(2**63), 10**30, 1e300),
    *("", "0", "1", "-1", "01", "1.0", "1e2", "1.5", "1e400", "x", "CAT", "ONE"),
    *("true", "NaN", "-Infinity", "nan", "AA==", "_-8", "A", "1970-01-01T00:00:00Z"),
    *("1.5s", "-0.5s", "s", "fooBar,a", "a_b", "\x00", [], [None], [1], ["1"], [[]]),
    *({}, {"": 1}, {"1": 1}, {"true": "CAT"}, {"number": 5}, {"@type": "x/zoo3.Leaf"}),
)
NAMES = (
    "fInt32",
    "f_int32",
    "cNumber",
    "cString",
    "number",
    "value",
    "@type",
    "no",
    "1",
)


def oracle(kind: Descriptor, raw: bytes) -> Any:  # noqa: ANN401 - of the zoo's pool
    made = GetMessageClass(kind)()
    return json_format.Parse(raw, made, descriptor_pool=zoo.pool())


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - of the zoo's pool
    """Whether they are equal; a NaN equals itself here.

    What is packed in an `Any` is bytes, in which maps have any order.
    """
    encoded = one.SerializePartialToString(deterministic=True)
    if encoded == other.SerializePartialToString(deterministic=True):
        return True
    return "@type" in printed(one) and printed(one) == printed(other)


def printed(message: Any) -> str:  # noqa: ANN401 - of the zoo's pool
    """Return the message as json_format prints it, with its keys sorted."""
    return json_format.MessageToJson(
        message, descriptor_pool=zoo.pool(), sort_keys=True
    )


def check_both_ways(codec: Codec, message: Any) -> None:  # noqa: ANN401
    for defaults in (True, False):
        theirs = json_format.MessageToJson(
            message,
            always_print_fields_with_no_presence=defaults,
            descriptor_pool=zoo.pool(),
        )
        ours = codec.encode(message, defaults=defaults)
        assert json.loads(ours) == json.loads(theirs)
        for raw in (ours, theirs.encode()):
            assert same(codec.parse(message.DESCRIPTOR, raw), message)
    assert same(oracle(message.DESCRIPTOR, ours), message)


def damaged(plain: Any, rng: random.Random) -> Any:  # noqa: ANN401 - plain data
    """Return *plain* with one thing in it changed, somewhere."""
    if isinstance(plain, dict) and plain and rng.random() < 0.8:
        name = rng.choice(list(plain))
        if rng.random() < 0.1:
            return {**plain, rng.choice(NAMES): rng.choice(VALUES)}
        return {**plain, name: damaged(plain[name], rng)}
    if isinstance(plain, list) and plain and rng.random() < 0.8:
        at = rng.randrange(len(plain))
        return [*plain[:at], damaged(plain[at], rng), *plain[at + 1 :]]
    return rng.choice(VALUES)


def check_damage(codec: Codec, kind: Descriptor, raw: bytes) -> str:
    """Return what became of *raw*; both have to agree, but for the lists above."""
    theirs, ours = read_by(oracle, kind, raw), read_by(codec.parse, kind, raw)
    if isinstance(ours, str) and isinstance(theirs, str):
        return "refused"
    if isinstance(ours, str):
        return excuse(STRICTER, ours, raw)
    if isinstance(theirs, str):
        return excuse(LOOSER, theirs, raw)
    assert same(ours, theirs), raw
    return "read"


def read_by(
    read: Callable[[Descriptor, bytes], Any], kind: Descriptor, raw: bytes
) -> Any:  # noqa: ANN401
    """Return the message, or why there is none."""
    try:
        return read(kind, raw)
    except (json_format.ParseError, Failure) as error:
        return str(error)


def excuse(excuses: dict[str, str], said: str, raw: bytes) -> str:
    found = [why for why, text in excuses.items() if re.search(text, said)]
    assert found, f"only one refuses, and says {said}: {raw!r}"
    return found[0]


def damage(codec: Codec, rng: random.Random) -> str:
    kind = zoo.kind(rng.choice(zoo.KINDS))
    plain = codec.plain(zoo.messages(kind, rng, 1), defaults=rng.random() < 0.5)
    return check_damage(codec, kind, json.dumps(damaged(plain, rng)).encode())


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(zoo.KINDS))
def test_both_say_the_same(rng: random.Random, name: str) -> None:
    check_both_ways(Codec(zoo.pool()), zoo.messages(zoo.kind(name), rng, 1))


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_both_read_or_refuse(rng: random.Random) -> None:
    damage(Codec(zoo.pool()), rng)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_both_say_the_same_of_many() -> None:
    codec = Codec(zoo.pool())
    met: collections.Counter[str] = collections.Counter()
    for seed in range(MANY):
        rng = random.Random(seed)
        message = zoo.messages(zoo.kind(rng.choice(zoo.KINDS)), rng, seed % 2)
        check_both_ways(codec, message)
        met.update(field.full_name for field, _ in message.ListFields())

    # The one value of f_null is its default, which is never set.
    missed = {f.full_name for k in zoo.KINDS for f in zoo.kind(k).fields} - met.keys()
    missed -= {"zoo3.All.f_null"}
    print(f"\n{MANY} messages, {sum(met.values())} fields: equal to json_format")  # noqa: T201
    assert not missed


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_both_read_or_refuse_many() -> None:
    codec = Codec(zoo.pool())
    became = collections.Counter(damage(codec, random.Random(n)) for n in range(MANY))
    print(f"\n{MANY} damaged texts: {dict(became)}")  # noqa: T201
