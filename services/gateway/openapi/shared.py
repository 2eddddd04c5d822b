"""What every operation has: errors, headers, ways to say who calls."""

from collections.abc import Sequence
from typing import Any

from services.gateway.openapi.options import OPTIONS

Plain = dict[str, Any]

STATUS = "google.rpc.Status"

_DETAIL = {
    "type": "object",
    "properties": {"@type": {"type": "string"}},
    "required": ["@type"],
    "additionalProperties": True,
}
_STATUS = {
    "type": "object",
    "description": "Why a request was refused.",
    "properties": {
        "code": {
            "type": "integer",
            "format": "int32",
            "description": "A google.rpc.Code.",
        },
        "message": {"type": "string", "description": "For people."},
        "details": {
            "type": "array",
            "items": _DETAIL,
            "description": "For programs, such as google.rpc.BadRequest.",
        },
    },
    "required": ["code", "message"],
}
_HEADERS = {
    "x-request-id": {
        "description": "Names the request in our log: tell it when you ask for help.",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    },
    "retry-after": {
        "description": "Seconds after which a repeat makes sense.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "etag": {
        "description": "Names this answer: see if-none-match.",
        "schema": {"type": "string"},
    },
}
_SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
}


def header(name: str) -> Plain:
    """Return a reference to the header *name*."""
    return {"$ref": f"#/components/headers/{name}"}


_ERROR = {
    "description": "The request was refused.",
    "headers": {name: header(name) for name in ("x-request-id", "retry-after")},
    "content": {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{STATUS}"}}
    },
}
_SAME = {
    "description": "The caller has this answer already.",
    "headers": {name: header(name) for name in ("x-request-id", "etag")},
}
ERROR = {"$ref": "#/components/responses/Error"}
SAME = {"$ref": "#/components/responses/Same"}
BROKEN_OFF = {"$ref": "#/components/schemas/stream-error"}
_BROKEN_OFF = {
    "type": "object",
    "description": "The last words of a stream that failed.",
    "properties": {"error": {"$ref": f"#/components/schemas/{STATUS}"}},
    "required": ["error"],
    "additionalProperties": False,
}


def components(schemas: Plain, used: Sequence[str]) -> Plain:
    """Return all components.

    Args:
        schemas: Of the messages.
        used: The security schemes that an operation names.
    """
    found: Plain = {
        # A dash is in no name of protobuf.
        "schemas": {**schemas, STATUS: _STATUS, "stream-error": _BROKEN_OFF},
        "responses": {"Error": _ERROR, "Same": _SAME},
        "headers": _HEADERS,
        "parameters": OPTIONS,
    }
    if used:
        found["securitySchemes"] = {name: _SCHEMES[name] for name in used}
    return found


def security(allow: Sequence[str]) -> list[Plain]:
    """Return who may call: one of *allow*, of anyone, key and jwt."""
    return [{} if who == "anyone" else {who: []} for who in sorted(allow)]
