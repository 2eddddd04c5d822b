"""Headers to metadata and back, hostile ones too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.failure import Failure
from services.gateway.guard.metadata import Pair, from_metadata, to_metadata
from services.gateway.policy.policy import Metadata
from tests.support.asked import asked

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ID = ("x-request-id", "an-id")
SOME = Metadata(
    request=frozenset({"x-a", "x-b-bin"}), response=frozenset({"x-c", "x-d-bin"})
)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            {"x-z": "1", "cookie": "a", "authorization": "b"}, [], id="others"
        ),
        pytest.param({"x-request-id": "theirs"}, [], id="the-id-is-ours"),
        pytest.param({"x-a": "1, 2"}, [("x-a", "1, 2")], id="allowed"),
        pytest.param({"x-a": " 1 "}, [("x-a", "1")], id="spaces"),
        pytest.param({"x-b-bin": "AP8="}, [("x-b-bin", b"\0\xff")], id="binary"),
        pytest.param({"x-b-bin": "AP8"}, [("x-b-bin", b"\0\xff")], id="unpadded"),
        pytest.param({"x-b-bin": ""}, [("x-b-bin", b"")], id="empty"),
        pytest.param(
            {"x-b-bin": "AA==, AQ"}, [("x-b-bin", b"\0"), ("x-b-bin", b"\1")], id="two"
        ),
        pytest.param({"traceparent": TRACE}, [("traceparent", TRACE)], id="trace"),
        pytest.param(
            {"traceparent": TRACE, "tracestate": "a=1"},
            [("traceparent", TRACE), ("tracestate", "a=1")],
            id="state",
        ),
        pytest.param({"tracestate": "a=1"}, [], id="state-alone"),
        pytest.param({"traceparent": f"{TRACE}, {TRACE}"}, [], id="trace-twice"),
        pytest.param({"traceparent": TRACE.upper()}, [], id="trace-upper"),
        pytest.param({"traceparent": "ff" + TRACE[2:]}, [], id="trace-version"),
        pytest.param({"traceparent": f"00-{'0' * 32}-{'1' * 16}-00"}, [], id="trace-0"),
        pytest.param(
            {"traceparent": TRACE, "tracestate": "a=\xe9"},
            [("traceparent", TRACE)],
            id="state-broken",
        ),
        pytest.param({"b3": "0"}, [("b3", "0")], id="b3"),
        pytest.param({"b3": "1\n"}, [], id="b3-broken"),
        pytest.param(
            {"x-b3-traceid": "a" * 32, "x-b3-sampled": "1"},
            [("x-b3-traceid", "a" * 32), ("x-b3-sampled", "1")],
            id="b3-many",
        ),
    ],
)
def test_what_travels_on(headers: dict[str, str], expected: list[Pair]) -> None:
    assert to_metadata(asked(headers), SOME) == [ID, *expected]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "caf\xe9"),
        ("x-a", "a\tb"),
        ("x-a", "a\r\nb: c"),
        ("x-a", "a\0"),
        ("x-b-bin", "A"),
        ("x-b-bin", "A==="),
        ("x-b-bin", "_-__"),
        ("x-b-bin", "AA==\n"),
        ("x-b-bin", "AA=A"),
    ],
)
def test_what_metadata_cannot_carry_is_refused(name: str, value: str) -> None:
    with pytest.raises(Failure, match=name):
        to_metadata(asked({name: value}), SOME)


def test_a_tracing_header_that_is_allowed_is_still_checked() -> None:
    allowed = Metadata(request=frozenset({"traceparent", "x-request-id"}))

    assert to_metadata(asked({"traceparent": "junk"}), allowed) == [ID]


@given(
    st.dictionaries(st.sampled_from(["x-a", "x-b-bin", "traceparent", "b3"]), st.text())
)
def test_whatever_comes_is_valid_metadata_or_a_failure(headers: dict[str, str]) -> None:
    try:
        pairs = to_metadata(asked(headers), SOME)
    except Failure:
        return
    for name, value in pairs:
        assert isinstance(value, bytes) == name.endswith("-bin")
        assert isinstance(value, bytes) or all(" " <= c <= "~" for c in value)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(("x-c", "1"), [(b"x-c", b"1")], id="allowed"),
        pytest.param(("x-e", "1"), [], id="not-allowed"),
        pytest.param(("x-c", "a\r\nset-cookie: b"), [], id="splitting"),
        pytest.param(("x-c", "caf\xe9"), [], id="not-ascii"),
        pytest.param(("x-c", b"1"), [(b"x-c", b"1")], id="bytes"),
        pytest.param(("x-d-bin", b"\0\xff"), [(b"x-d-bin", b"AP8")], id="binary"),
        pytest.param(("grpc-status", "0"), [], id="protocol"),
    ],
)
def test_what_comes_back(pair: Pair, expected: list[tuple[bytes, bytes]]) -> None:
    assert from_metadata([pair], SOME) == expected
    assert from_metadata([pair], Metadata()) == []
