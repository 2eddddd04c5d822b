"""The field that tells how far a stream has come, and where to go on."""

from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.message import Message

from services.gateway.schema.method import Method


@dataclass(frozen=True, slots=True)
class Token:
    """A field of the same name in a method's response and request."""

    method: Method
    field: str

    def asked(self, request: bytes) -> str:
        """Return where *request* wants to begin; "" for now."""
        return str(getattr(self.method.request.FromString(request), self.field))

    def told(self, answer: bytes) -> str:
        """Return how far *answer* brings its reader."""
        return str(getattr(self.method.response.FromString(answer), self.field))

    def after(self, request: bytes, token: str) -> bytes:
        """Return *request*, to begin at *token*."""
        return _with(self.method.request, self.field, request, token)

    def moved(self, first: bytes, last: bytes) -> bytes:
        """Return *first*, which tells where a stream begins, as of the answer *last*.

        What single values the first answer has (the token, a period), it gets as the
        last one has them.
        """
        begin = self.method.response.FromString(first)
        now = dict(_values(self.method.response.FromString(last)))
        for name, _ in list(_values(begin)):
            if name in now:
                setattr(begin, name, now[name])
        return bytes(begin.SerializeToString())


def _values(message: Message) -> Iterator[tuple[str, object]]:
    for field, value in message.ListFields():
        if not field.is_repeated and field.message_type is None:
            yield field.name, value


def _with(kind: type[Message], field: str, coded: bytes, token: str) -> bytes:
    message = kind.FromString(coded)
    setattr(message, field, token)
    return bytes(message.SerializeToString())
