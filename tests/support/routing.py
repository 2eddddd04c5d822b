"""Tables of routes from one line of text each."""

import json
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from services.gateway.codec import Codec
from services.gateway.routes import Match, Routes
from services.gateway.schema.schema import Schema
from tests.support.gateway_schema import shelf


def load(text: str, schema: Schema | None = None) -> Routes:
    """Return the table that the YAML *text* says; of shelf.Shelf, if not told."""
    chosen = schema or shelf()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "http.yaml"
        path.write_text(text)
        return Routes.load(path, chosen, Codec(chosen.pool))


def routes(*rules: str, method: str = "Get", fully: bool = False) -> Routes:
    """Return a table with *rules*, all of one method of shelf.Shelf.

    Args:
        rules: Such as "GET /v1/{name}", or "POST /v1/books body=*".
        method: Whose they are.
        fully: `fully_decode_reserved_expansion`.
    """
    first, *more = map(binding, rules)
    rule = {"selector": f"shelf.Shelf.{method}", **first, "additional_bindings": more}
    http = {"rules": [rule], "fully_decode_reserved_expansion": fully}
    return load(json.dumps({"http": http}))


def binding(rule: str) -> dict[str, Any]:
    """Return *rule* as a `google.api.HttpRule` in JSON."""
    verb, template, *rest = rule.split()
    known = verb in ("GET", "PUT", "POST", "DELETE", "PATCH")
    custom = {"custom": {"kind": verb, "path": template}}
    pattern = {verb.lower(): template} if known else custom
    return {**pattern, **dict(one.split("=", 1) for one in rest)}


def ask(table: Routes, asked: str, body: bytes = b"") -> tuple[str, dict[str, Any]]:
    """Return the template that the request *asked* finds, and the fields it sets.

    Args:
        table: To look in.
        asked: Such as "GET /v1/books?pages=3".
        body: Of the request.

    Raises:
        Failure: It finds none, or says something wrong.
    """
    verb, _, url = asked.partition(" ")
    path, _, query = url.partition("?")
    found: Match = table.match(verb, path)
    message = found.message(query, body)
    return found.pattern, MessageToDict(message, preserving_proto_field_name=True)
