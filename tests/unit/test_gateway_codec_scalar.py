"""Fields set from the texts of a URL."""

from typing import Any

import pytest

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from tests.support import zoo


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(zoo.pool())


@pytest.mark.parametrize(
    ("path", "text", "fields"),
    [
        ("f_int32", "-5", {"f_int32": -5}),
        ("fInt32", "5", {"f_int32": 5}),
        ("f_uint64", "18446744073709551615", {"f_uint64": 2**64 - 1}),
        ("f_double", "1.5", {"f_double": 1.5}),
        ("f_bool", "true", {"f_bool": True}),
        ("o_bool", "false", {"o_bool": False}),
        ("f_string", "5", {"f_string": "5"}),
        ("f_bytes", "-_8", {"f_bytes": b"\xfb\xff"}),
        ("f_kind", "DOG", {"f_kind": 2}),
        ("f_kind", "2", {"f_kind": 2}),
        ("r_int32", "7", {"r_int32": [7]}),
        ("f_leaf.display_name", "x", {"f_leaf": {"display_name": "x"}}),
        ("fAll.fLeaf.number", "1", {"f_all": {"f_leaf": {"number": 1}}}),
        ("w_timestamp", "1970-01-01T00:00:01Z", {"w_timestamp": {"seconds": 1}}),
        ("rw_timestamp", "1970-01-01T00:00:01Z", {"rw_timestamp": [{"seconds": 1}]}),
        ("w_duration", "1s", {"w_duration": {"seconds": 1}}),
        ("w_mask", "aB,c", {"w_mask": {"paths": ["a_b", "c"]}}),
        ("w_int64", "0", {"w_int64": {"value": 0}}),
        ("w_bool", "true", {"w_bool": {"value": True}}),
        ("c_string", "x", {"c_string": "x"}),
        ("class", "1", {"class": 1}),
    ],
)
def test_a_text_sets_a_field(
    codec: Codec, path: str, text: str, fields: dict[str, Any]
) -> None:
    message = zoo.new("zoo3.All")

    codec.scalar(message, path, text)

    assert message == zoo.new("zoo3.All", **fields)


def test_a_repeated_field_gets_one_more(codec: Codec) -> None:
    message = zoo.new("zoo3.All", r_string=["a"])

    codec.scalar(message, "r_string", "b")

    assert list(message.r_string) == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "text", "refusal"),
    [
        ("f_int32", "x", "f_int32 is 'x', allowed is a whole number"),
        ("f_int32", "", "f_int32 is ''"),
        ("f_leaf.number", "2147483648", "f_leaf.number is '2147483648'"),
        ("f_bool", "1", "f_bool is '1', allowed is true or false"),
        ("f_kind", "COW", "f_kind is 'COW', allowed is one of NONE"),
        ("w_timestamp", "now", "w_timestamp is 'now', allowed is a time"),
        ("w_int64", "x", "w_int64 is 'x'"),
        ("f_int31", "1", "no field of zoo3.All 'f_int31'; did you mean"),
        ("f_leaf.numbr", "1", "no field of zoo3.Leaf 'numbr'; did you mean 'number'"),
        ("f_leaf", "{}", "f_leaf cannot be set from a URL: it is a message, zoo3.Leaf"),
        ("m_bool", "x", "m_bool cannot be set from a URL: it is a map"),
        ("r_leaf.number", "1", "r_leaf.number cannot be set: r_leaf is repeated"),
        ("f_int32.x", "1", "f_int32.x cannot be set: f_int32 is no message"),
        ("", "1", "no field of zoo3.All ''"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(
    codec: Codec, path: str, text: str, refusal: str
) -> None:
    with pytest.raises(Failure) as refused:
        codec.scalar(zoo.new("zoo3.All"), path, text)

    assert refused.value.message.startswith(refusal)
    assert refused.value.http == 400
