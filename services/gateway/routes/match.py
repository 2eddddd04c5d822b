"""A request that has found its route."""

from typing import Protocol

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.gateway.schema.method import Method


class Match(Protocol):
    """A route, and what its path has captured."""

    @property
    def method(self) -> Method:
        """What is called."""

    @property
    def takes_body(self) -> bool:
        """Whether the rule has `body`; else a body that is there is an error."""

    @property
    def pattern(self) -> str:
        """The template, for the log and the figures."""

    @property
    def response_body(self) -> FieldDescriptor | None:
        """The one field that is the answer; None: the whole message is."""

    def message(self, query: str, body: bytes) -> Message:
        """Return the request: path over body over query.

        Args:
            query: Still encoded; parameters that begin with `$` are left alone.
            body: JSON; empty where there is none.

        Raises:
            Failure: INVALID_ARGUMENT, naming what is wrong.
        """
