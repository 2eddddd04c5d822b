"""What a caller may say besides the fields of a request."""

from typing import Any

Plain = dict[str, Any]

OPTIONS: Plain = {
    "defaults": {
        "name": "$defaults",
        "in": "query",
        "description": "Whether fields that are empty are there all the same.",
        "schema": {"enum": ["print", "omit"], "default": "print"},
    },
    "pretty": {
        "name": "$pretty",
        "in": "query",
        "description": "Whether the answer is indented.",
        "schema": {"type": "boolean", "default": False},
    },
    "timeout": {
        "name": "timeout",
        "in": "query",
        "description": "Milliseconds that the answer may take; the headers"
        " grpc-timeout and connect-timeout-ms say the same.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 9_999_999_999},
    },
    "if-none-match": {
        "name": "if-none-match",
        "in": "header",
        "description": "The etag of an answer that the caller has.",
        "schema": {"type": "string"},
    },
}


def option(name: str) -> Plain:
    """Return a reference to the parameter *name*."""
    return {"$ref": f"#/components/parameters/{name}"}
