"""What messages are read from JSON, and what is refused: rule by rule."""

import json
import math
from typing import Any

import pytest
from google.protobuf import json_format

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from tests.support import zoo


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(zoo.pool())


HALF = {"nanos": 5 * 10**8}
READ = [
    ('{"f_int32":1}', {"f_int32": 1}),
    ('{"fInt32":"1"}', {"f_int32": 1}),
    ('{"fInt32":1.0}', {"f_int32": 1}),
    ('{"fInt32":1e2}', {"f_int32": 100}),
    ('{"fInt32":"1e2"}', {"f_int32": 100}),
    ('{"fInt32":null}', {}),
    ('{"fInt64":9223372036854775807}', {"f_int64": 2**63 - 1}),
    ('{"fInt64":"-9223372036854775808"}', {"f_int64": -(2**63)}),
    ('{"fUint64":18446744073709551615}', {"f_uint64": 2**64 - 1}),
    ('{"fDouble":"1.5"}', {"f_double": 1.5}),
    ('{"fDouble":3}', {"f_double": 3.0}),
    ('{"fDouble":"-Infinity"}', {"f_double": -math.inf}),
    ('{"fFloat":3.4028235e+38}', {"f_float": 3.4028234663852886e38}),
    ('{"fBytes":"-_8="}', {"f_bytes": b"\xfb\xff"}),
    ('{"fBytes":"+/8"}', {"f_bytes": b"\xfb\xff"}),
    ('{"fBytes":""}', {"f_bytes": b""}),
    ('{"fKind":"FELINE"}', {"f_kind": 1}),
    ('{"fKind":2}', {"f_kind": 2}),
    ('{"fKind":"2"}', {"f_kind": 2}),
    ('{"fKind":2.0}', {"f_kind": 2}),
    ('{"fKind":99}', {"f_kind": 99}),
    ('{"rKind":["CAT",2]}', {"r_kind": [1, 2]}),
    ('{"fLeaf":null}', {}),
    ('{"fLeaf":{"display_name":"x"}}', {"f_leaf": {"display_name": "x"}}),
    ('{"rInt32":null,"mBool":null}', {}),
    ('{"mBool":{"false":"DOG"}}', {"m_bool": {False: 2}}),
    ('{"mInt32":{"-7":1}}', {"m_int32": {-7: 1.0}}),
    ('{"wValue":null}', {"w_value": {"null_value": 0}}),
    ('{"fNull":null}', {}),
    ('{"wInt64":null}', {}),
    ('{"wInt64":"5"}', {"w_int64": {"value": 5}}),
    ('{"wTimestamp":"1970-01-01T01:00:00+01:00"}', {"w_timestamp": {}}),
    (
        '{"wTimestamp":"1969-12-31T23:30:00.5-00:30"}',
        {"w_timestamp": {"nanos": 5 * 10**8}},
    ),
    ('{"wDuration":"-0.5s"}', {"w_duration": {"nanos": -5 * 10**8}}),
    ('{"wMask":""}', {"w_mask": {}}),
    ('{"wMask":"aB.c"}', {"w_mask": {"paths": ["a_b.c"]}}),
    ('{"cNumber":null,"cString":"x"}', {"c_string": "x"}),
    ('{"wEmpty":{}}', {"w_empty": {}}),
    ('{"wAny":{}}', {"w_any": {}}),
    ('{"other \\"name\\"":"x"}', {"renamed": "x"}),
    ('{"renamed":"\\u003a"}', {"renamed": ":"}),
    ('{"oInt64":0}', {"o_int64": 0}),
]


@pytest.mark.parametrize(("raw", "fields"), READ)
def test_json_is_read(codec: Codec, raw: str, fields: dict[str, Any]) -> None:
    assert codec.parse(zoo.kind("zoo3.All"), raw.encode()) == zoo.new(
        "zoo3.All", **fields
    )


WHOLE = "a whole number from"
REFUSED = [
    ('{"fInt32":2147483648}', f"fInt32 is 2147483648, allowed is {WHOLE} -2147483648"),
    ('{"fInt32":1.5}', f"fInt32 is 1.5, allowed is {WHOLE}"),
    ('{"fInt32":"1_0"}', "fInt32 is '1_0'"),
    ('{"fInt32":" 1"}', "fInt32 is ' 1'"),
    ('{"fInt32":true}', "fInt32 is True"),
    ('{"fUint32":-1}', f"fUint32 is -1, allowed is {WHOLE} 0 to 4294967295"),
    ('{"fInt64":9223372036854775808}', "fInt64 is 9223372036854775808"),
    ('{"fInt64":-9223372036854775809}', "fInt64 is "),
    ('{"fUint64":18446744073709551616}', "fUint64 is "),
    ('{"rInt32":[1,null]}', "rInt32[1] is None"),
    ('{"rInt32":[1,2147483648]}', "rInt32[1] is 2147483648"),
    ('{"rInt32":1}', "rInt32 is 1, allowed is an array"),
    ('{"fBool":"true"}', "fBool is 'true', allowed is true or false"),
    ('{"fString":1}', "fString is 1, allowed is a string"),
    ('{"fBytes":"a!"}', "fBytes is 'a!', allowed is base64"),
    ('{"fDouble":"1e999"}', "fDouble is '1e999'"),
    ('{"fDouble":"nan"}', "fDouble is 'nan'"),
    ('{"fFloat":1e39}', "fFloat is 1e+39"),
    ('{"fKind":"CATS"}', "fKind is 'CATS', allowed is one of NONE, CAT, FELINE"),
    ('{"fKind":2147483648}', "fKind is 2147483648"),
    ('{"fLeaf":[]}', "fLeaf is [], allowed is an object"),
    (
        '{"rLeaf":[{},{"numbr":1}]}',
        "no field 'numbr' in rLeaf[1]; did you mean",
    ),
    ('{"fInt31":1}', "no field 'fInt31' in zoo3.All; did you mean 'fInt3"),
    ('{"mBool":{"1":"CAT"}}', "mBool[\"1\"] is '1', allowed is true or false"),
    ('{"mInt32":{"1":"x"}}', "mInt32[\"1\"] is 'x'"),
    ('{"mInt32":{"1":1,"01":1}}', 'mInt32["01"] is the same key'),
    ('{"mString":{"a":null}}', 'mString["a"] is None, allowed is an object'),
    ('{"cNumber":1,"cString":"x"}', "cString and cNumber are both of the oneof choice"),
    ('{"fInt32":1,"f_int32":2}', "f_int32 is there twice"),
    ('{"fInt32":1,"fInt32":2}', "fInt32 stands twice in one object"),
    ('{"fAll":{"fString":"a:b","fString":"a"}}', "fString stands twice"),
    ('{"wTimestamp":"2018-10-16 08:00:00Z"}', "wTimestamp is '2018-10-16 08:00:00Z'"),
    ('{"wTimestamp":"2018-02-30T08:00:00Z"}', "wTimestamp is "),
    ('{"wTimestamp":"0001-01-01T00:00:00+01:00"}', "wTimestamp is "),
    ('{"wTimestamp":5}', "wTimestamp is 5, allowed is a time such as"),
    ('{"wDuration":"315576000001s"}', "wDuration is '315576000001s'"),
    ('{"wDuration":"1"}', "wDuration is '1', allowed is seconds such as"),
    ('{"wMask":"a_b"}', "wMask is 'a_b'"),
    ('{"wInt64":"x"}', "wInt64 is 'x'"),
    ('{"wAny":{"number":1}}', "wAny.@type is None, allowed is a type"),
    ('{"wAny":{"@type":"x/none.Such"}}', "wAny.@type is 'x/none.Such'"),
    ('{"wAny":{"@type":"x/zoo3.Leaf","number":"x"}}', "wAny.number is 'x'"),
    (
        '{"wAny":{"@type":"x/zoo3.Leaf","number":9999999999}}',
        "wAny.number is 9999999999",
    ),
    ('{"wAny":{"@type":"x/google.protobuf.Duration","value":1}}', "wAny.value is 1"),
    ('{"wAny":{"@type":"x/google.protobuf.Duration"}}', "wAny has to be @type and"),
    ('{"wAny":{"@type":"x/zoo2.Needy"}}', "wAny.number is required"),
    ("[]", "zoo3.All is [], allowed is an object"),
    ("null", "zoo3.All is None, allowed is an object"),
    ('{"fInt32":1,}', "line 1, column"),
    ('{\n"fInt32": zz}', "line 2, column 11"),
    ('{"fDouble":NaN}', "line 1, column 12"),
    ('{"fString":"\\ud800"}', "surrogate"),
    ("", "line 1, column 1"),
]


@pytest.mark.parametrize(("raw", "text"), REFUSED)
@pytest.mark.parametrize("ignore_unknown", [False, True])
def test_json_that_does_not_fit_is_refused(
    codec: Codec, raw: str, text: str, *, ignore_unknown: bool
) -> None:
    kind = zoo.kind("zoo3.All")
    if ignore_unknown and ("no field" in text or "CATS" in text):
        codec.parse(kind, raw.encode(), ignore_unknown=True)
        return

    with pytest.raises(Failure) as refused:
        codec.parse(kind, raw.encode(), ignore_unknown=ignore_unknown)

    assert text in refused.value.message
    assert refused.value.http == 400


def test_bytes_that_are_no_text_are_refused(codec: Codec) -> None:
    with pytest.raises(Failure, match="UTF-8"):
        codec.parse(zoo.kind("zoo3.All"), b'{"fString":"\xff"}')


def test_what_is_unknown_may_be_ignored(codec: Codec) -> None:
    raw = b'{"a":{"b":[1]},"n":null,"fKind":"COW","rKind":["COW","CAT"],"fInt32":5}'

    message = codec.parse(zoo.kind("zoo3.All"), raw, ignore_unknown=True)

    assert message == zoo.new("zoo3.All", f_int32=5, r_kind=[1])


def test_a_refusal_names_the_field_for_machines_too(codec: Codec) -> None:
    with pytest.raises(Failure) as refused:
        codec.parse(zoo.kind("zoo3.All"), b'{"rLeaf":[{"number":"x"}]}')

    (detail,) = refused.value.details
    assert json_format.MessageToDict(detail)["fieldViolations"][0]["field"] == (
        "rLeaf[0].number"
    )


def test_a_closed_enum_takes_its_own_numbers_only(codec: Codec) -> None:
    with pytest.raises(Failure, match="closed is 9, allowed is one of ZEROTH"):
        codec.parse(zoo.kind("zoo2.All"), b'{"closed":9}')


def test_required_fields_are_asked_for(codec: Codec) -> None:
    with pytest.raises(Failure, match=r"more\.number is required"):
        codec.parse(zoo.kind("zoo2.Needy"), b'{"number":1,"more":{}}')


def test_an_unknown_extension_is_refused(codec: Codec) -> None:
    with pytest.raises(Failure, match="extended cannot be read"):
        codec.parse(zoo.kind("zoo2.All"), b'{"extended":{"[zoo2.none]":1}}')


def test_plain_data_stays_as_it_is(codec: Codec) -> None:
    plain = {"wAny": {"@type": "x/zoo3.Leaf", "number": "1"}, "fKind": "CAT"}
    before = json.dumps(plain)

    codec.from_plain(zoo.kind("zoo3.All"), plain)

    assert json.dumps(plain) == before
