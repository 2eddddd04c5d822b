"""The same cases, asked of Envoy's transcoder: who is alone with its opinion?

Every rule gets a prefix of its own, so that one Envoy has them all.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.api.http_pb2 import HttpRule  # type: ignore[import-untyped]  # has none
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.json_format import MessageToDict, ParseDict

from benchmarks.stage.envoy import annotated, envoy
from fleet.endpoint import Endpoint
from tests.conformance.http_rules import BODIES, MATCHES, ONE, QUERIES, REFUSALS, Fields
from tests.named import free_port
from tests.support.gateway_schema import shelf, shelf_files
from tests.support.routing import binding

pytestmark = pytest.mark.needs("envoy")

LIMIT_S = 3.0
"""Seconds for one answer."""
OPTIONS = {
    "url_unescape_spec": "ALL_CHARACTERS_EXCEPT_SLASH",
    "query_param_unescape_plus": True,
    "request_validation_options": {
        "reject_unknown_method": True,
        "reject_unknown_query_parameters": True,
    },
}


@dataclass(frozen=True)
class Asked:
    """A rule below a prefix, and a request for it."""

    method: str
    verb: str
    url: str
    body: bytes
    rule: str


def below(prefix: str, method: str, rule: str, asked: str, body: bytes = b"") -> Asked:
    """Put *rule* and what is asked of it below *prefix*."""
    verb, url = asked.split(maxsplit=1)
    return Asked(
        method,
        verb,
        url.replace("/v1", f"/{prefix}", 1),
        body,
        rule.replace("/v1", f"/{prefix}", 1),
    )


def all_cases() -> Mapping[str, tuple[Asked, Fields | None]]:
    """Return every case by a name that says what it is; None: refused."""
    cases: dict[str, tuple[Asked, Fields | None]] = {}
    for at, (rule, url, fields) in enumerate(MATCHES):
        cases[f"{rule} | {url}"] = below(f"m{at}", "Get", rule, url), fields
    for at, (rule, url, _) in enumerate(REFUSALS):
        cases[f"{rule} | {url}"] = below(f"r{at}", "Get", rule, url), None
    for at, (rule, query, body, wanted) in enumerate(BODIES):
        url = f"{rule.partition(' ')[0]} /v1/n?{query}"
        name = f"{rule} | {query} | {body.decode()}"
        cases[name] = below(f"b{at}", "Put", rule, url, body), wanted
    for query, wanted in QUERIES:
        named = None if wanted is None else {"name": "n", **wanted}
        url = f"GET /v1/n?{query}"
        cases[f"?{query}"] = below("q", "Get", "GET /v1/{name}", url), named
    # A rule for all paths would take those of the others; Envoy has no HEAD.
    left_out = ("GET /** ", "* /v1/books/{name} | HEAD", f"{ONE} | HEAD")
    return {name: case for name, case in cases.items() if not name.startswith(left_out)}


CASES = all_cases()

ALONE = {
    # RFC 3986, 6.2.2.2: %6F and o are the same path.
    "GET /v1/books | GET /v1/b%6Foks": "Envoy compares literals as they are sent",
    # Two addresses for one thing are bad for caches and for access rules.
    "GET /v1/books/{name} | GET /v1/books/a/": "Envoy drops trailing slashes",
    "GET /v1/books | GET /v1/books/": "Envoy drops trailing slashes",
    "GET /v1/files/{name=**} | GET /v1/files/": "Envoy drops trailing slashes",
    "GET /v1/files/{name=**} | GET /v1/files/a//b": "Envoy takes empty segments",
    # A mistake of the caller is told, not guessed at.
    "GET /v1/books/{name} | GET /v1/books/%zz": "Envoy keeps bad escapes as text",
    "GET /v1/books/{name} | GET /v1/books/%": "Envoy keeps bad escapes as text",
    "GET /v1/books/{name} | GET /v1/books/%4": "Envoy keeps bad escapes as text",
    "GET /v1/files/{name=**} | GET /v1/files/a/%zz": "Envoy keeps bad escapes as text",
    'POST /v1/{name} body=* |  | {"nmae": 1}': "Envoy ignores what it does not know",
    "POST /v1/{name} body=* | pages=3 | {}": "Envoy takes a query beside it",
    "PATCH /v1/{name} body=author | author.born=1 | {}": "Envoy merges the two",
    "PUT /v1/{name} body=tags | tags=a | []": "Envoy merges the two",
    'PUT /v1/{name} body=tags |  | "a"': "Envoy takes one for a list of one",
    "POST /v1/{name} |  | {}": "Envoy drops a body that no rule takes",
    "DELETE /v1/{name} |  | {}": "Envoy drops a body that no rule takes",
    "?=x": "Envoy ignores a parameter without a name",
    "?lent=1": "ProtoJSON says true or false; Envoy takes 1 too",
    # The path decides what is called, and what access rules have seen.
    'POST /v1/{name} body=* |  | {"name": "other"}': "Envoy lets the body win",
    'PATCH /v1/{author.name} body=* |  | {"author": {"name": "other", "born": 1}}': (
        "Envoy lets the body win"
    ),
    'PATCH /v1/{author.name} body=author |  | {"name": "other", "born": 1}': (
        "Envoy lets the body win"
    ),
    # http.proto: no repeated messages, no maps; well-known types by their text.
    "?editors.name=x": "Envoy goes into lists of messages",
    "?notes.key=x": "Envoy goes into maps",
    "?extra.fields=x": "Envoy goes into Struct",
    "?printed_at.seconds=1": "Envoy goes into Timestamp",
    "?copies.value=3": "Envoy goes into wrappers",
    # Ours by choice: parameters of the system, and of the door.
    "POST /v1/{name} body=* | $alt=json&timeout=3 | ": "Envoy knows no such names",
    "?$alt=json&$anything": "Envoy knows no such names",
    "?timeout=5": "Envoy knows no such names",
    "PATCH /v1/{name} body=author |  | ": "Envoy sets a message that is not there",
    "PUT /v1/{name} body=pages |  | 3": "Envoy never answers a body of one number",
}
"""Where we differ from Envoy, and how."""


@pytest_asyncio.fixture(scope="module")
async def address() -> AsyncIterator[Endpoint]:
    """Return where an Envoy with all rules answers; behind it is an echo."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([Echo()])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    rules: dict[str, dict[str, Any]] = {}
    for asked, _ in CASES.values():
        rules.setdefault(f"shelf.Shelf.{asked.method}", {})[asked.rule] = None
    coded = annotated(
        FileDescriptorSet(file=shelf_files()),
        {
            method: [ParseDict(binding(one), HttpRule()) for one in them]
            for method, them in rules.items()
        },
    )
    listen = Endpoint("127.0.0.1", free_port())
    backend = Endpoint("127.0.0.1", port)
    async with envoy(listen, backend, coded, ["shelf.Shelf"], OPTIONS):
        yield listen
    await server.stop(None)


class Echo(grpc.GenericRpcHandler):
    """Answers every method with its request."""

    def service(self, _details: object) -> Any:  # noqa: ANN401 - has no type
        return grpc.unary_unary_rpc_method_handler(echo)


async def echo(request: bytes, _context: object) -> bytes:
    return request


async def answer(at: Endpoint, asked: Asked) -> tuple[int, bytes]:
    """Return status and body of the answer; 0 for none."""
    reader, writer = await asyncio.open_connection(at.host, at.port)
    head = f"{asked.verb} {asked.url} HTTP/1.1\r\nhost: x\r\n"
    head += f"content-length: {len(asked.body)}\r\n\r\n"
    writer.write(head.encode() + asked.body)
    try:
        async with asyncio.timeout(LIMIT_S):
            top = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", top)
            body = await reader.readexactly(int(length[1]) if length else 0)
    except TimeoutError:
        return 0, b""
    finally:
        writer.close()
    return int(top.split()[1]), body


@pytest.mark.parametrize("name", CASES)
async def test_envoy_has_the_same_opinion(name: str, address: Endpoint) -> None:
    asked, fields = CASES[name]
    status, body = await answer(address, asked)
    same = said(status, body) == fields and status > 0
    assert same == (name not in ALONE), f"{status}: {body!r}; ours: {fields}"


def test_every_difference_is_one_of_a_case() -> None:
    assert set(ALONE) <= set(CASES)


def said(status: int, body: bytes) -> Fields | None:
    """Return the fields that Envoy has read; None where it has refused."""
    if status != HTTPStatus.OK:
        return None
    book = shelf().methods["shelf.Shelf/Get"].request()
    ParseDict(json.loads(body), book)
    return MessageToDict(book, preserving_proto_field_name=True)
