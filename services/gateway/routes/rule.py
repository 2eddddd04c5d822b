"""One binding of the file: a verb, a template, and what goes where."""

from dataclasses import dataclass

from services.gateway.schema.method import Method


@dataclass(frozen=True, slots=True)
class Rule:
    """One binding of a method; `additional_bindings` make more of them."""

    method: Method
    verb: str
    """Such as GET, or `*` for any."""
    template: str
    """As the file has it: /v1/rankings/{board}/users/{user_id}."""
    variables: tuple[str, ...]
    """Field paths that the template captures, in order."""
    body: str
    """`*`, a field of the request, or "" for none."""
    response_body: str
    """A field of the response, or "" for all of it."""
    line: int
    """Where it stands in the file, from 1."""
