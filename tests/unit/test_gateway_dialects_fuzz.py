"""Whatever is sent, every dialect answers, and says nothing of a stack."""

import gzip
import struct
from collections.abc import AsyncGenerator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.exchange import Chunks
from tests.support.gate import FakeGate, opened, request


async def none(_: Any) -> AsyncGenerator[dict[str, Any], None]:  # noqa: ANN401 - any
    return
    yield {}


METHODS = ("GetChampion", "UpdateScore", "UpdateScores", "WatchRanking")
GATE = FakeGate(
    {
        f"rpc.Rpc/{name}": none if name == "WatchRanking" else lambda _: {}
        for name in METHODS
    },
    resume={"rpc.Rpc/WatchRanking": "resume_token"},
)
PATHS = st.sampled_from(
    [
        *(f"/rpc.Rpc/{name}" for name in METHODS),
        "/rpc.Rpc/Nothing",
        "/v1/champions/7",
        "/v1/champions/%ff",
        "/v1/rankings/daily:watch",
        "/v1/rankings/daily/scores",
    ]
)
TYPES = st.sampled_from(
    [
        "application/json",
        "application/proto",
        "application/connect+json",
        "application/connect+proto",
        "application/grpc-web",
        "application/grpc-web+json",
        "application/grpc-web-text",
        "application/x-www-form-urlencoded",
        "text/plain",
        "",
    ]
)
PAYLOADS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"{}", b"[7]", b"[{}]", b'{"championId":"x"}', b"\x08\x07"]),
    st.binary(max_size=60).map(gzip.compress),
)
FRAMES = st.builds(
    lambda flags, size, payload: struct.pack(">BI", flags, size % 2**32) + payload,
    st.sampled_from([0, 1, 2, 0x80, 0xFF]),
    st.one_of(st.integers(0, 70), st.integers(2**31, 2**33)),
    PAYLOADS,
)
WHOLE = st.builds(
    lambda flags, payload: struct.pack(">BI", flags, len(payload)) + payload,
    st.sampled_from([0, 1]),
    PAYLOADS,
)
NAMES = st.sampled_from(
    [
        "args",
        "timeout",
        "type",
        "jsonp",
        "callback",
        "connect",
        "encoding",
        "message",
        "base64",
        "compression",
        "$pretty",
        "%24defaults",
        "champion_id",
        "resume_token",
    ]
)
VALUES = st.one_of(
    st.text(st.characters(codec="ascii", exclude_characters="&#"), max_size=12),
    st.sampled_from(["[7]", "v1", "json", "proto", "1", "gzip", "-1", "%ff", "e30"]),
)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "accept",
            "last-event-id",
            "if-none-match",
            "connect-content-encoding",
            "connect-accept-encoding",
            "connect-protocol-version",
            "grpc-encoding",
        ]
    ),
    st.one_of(
        st.sampled_from(["gzip", "1", "text/event-stream", "*/*;q=x", '"a", W/"b"']),
        st.text(st.characters(codec="latin-1"), max_size=20),
    ),
    max_size=3,
)


@settings(max_examples=600, deadline=None)
@given(
    verb=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "BREW"]),
    path=PATHS,
    query=QUERIES,
    kind=TYPES,
    body=st.one_of(PAYLOADS, FRAMES, WHOLE),
    headers=HEADERS,
)
async def test_everything_is_answered(  # noqa: PLR0913 - what a request is made of
    *,
    verb: str,
    path: str,
    query: str,
    kind: str,
    body: bytes,
    headers: dict[str, str],
) -> None:
    asked = request(verb, f"{path}?{query}", body, {**headers, "content-type": kind})

    response = await opened(GATE, asked)

    text = await read(response.body)
    assert response.status in {200, 304, 400, 404, 405, 406, 413, 415, 501}
    assert b"Traceback" not in text
    assert b"internal error" not in text
    for name, value in response.headers:
        assert name == name.lower()
        assert b"\n" not in value


async def read(body: bytes | Chunks) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"".join([chunk async for chunk in body])
