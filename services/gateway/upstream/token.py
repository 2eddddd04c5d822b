"""The field that tells how far a stream has come, and where to go on."""

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

    def moved(self, first: bytes, token: str) -> bytes:
        """Return the answer *first*, which tells where a stream begins, at *token*."""
        return _with(self.method.response, self.field, first, token)


def _with(kind: type[Message], field: str, coded: bytes, token: str) -> bytes:
    message = kind.FromString(coded)
    setattr(message, field, token)
    return bytes(message.SerializeToString())
