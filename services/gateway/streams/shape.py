"""What a stream looks like in one dialect."""

from typing import Protocol

from services.gateway.failure import Failure


class Shape(Protocol):
    """How one stream is written: its beginning, its answers, its last words.

    Whoever reads it can tell a stream that has ended, one that has failed and one
    that was cut off from each other.
    """

    @property
    def content_type(self) -> bytes:
        """Of the whole response."""

    @property
    def beat(self) -> bytes:
        """What is said when there has been nothing to say; empty: silence."""

    def begin(self) -> bytes:
        """Return what comes before the first answer."""

    def answer(self, raw: bytes) -> bytes:
        """Return one answer, which protobuf has encoded.

        Raises:
            Failure: The dialect cannot say it.
        """

    def end(self) -> bytes:
        """Return the last words of a stream that is complete."""

    def failed(self, failure: Failure) -> bytes:
        """Return the last words of a stream that is not."""
