"""Something in a JSON text that its message cannot take, and where it stands."""

from collections.abc import Iterable
from typing import Self

from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
)

from fleet.errors import Status
from services.gateway.failure import Failure, invalid, nearest

_PATH = 200
"""Characters of a path that an answer repeats: names are the caller's."""


class Wrong(Exception):
    """A value that is not allowed; each level adds its step on the way out.

    No path is kept while all goes well: that is what makes the good case fast.
    """

    def __init__(self, value: object, allowed: str) -> None:
        super().__init__(value, allowed)
        self.value = value
        self.allowed = allowed
        self._steps: list[str] = []

    def at(self, step: str) -> Self:
        """Add the step that led here: `.name`, `[3]` or `["key"]`."""
        self._steps.append(step)
        return self

    def path(self) -> str:
        """Return such as updates[3].user.user_id; empty for the whole message."""
        return "".join(reversed(self._steps)).removeprefix(".")[:_PATH]

    def failure(self, whole: str) -> Failure:
        """Return what the caller is told; *whole* names the message itself."""
        return invalid(self.path() or whole, self.value, self.allowed)


class Stranger(Wrong):
    """A name that its message does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(name, "")
        self._known = tuple(known)

    def failure(self, whole: str) -> Failure:
        """Suggest a near name."""
        name = str(self.value)[:_PATH]
        above = "".join(reversed(self._steps[1:])).removeprefix(".")[:_PATH]
        near = nearest(name, self._known)
        hint = f"; did you mean {near!r}?" if near else ""
        return _failure(self.path(), f"no field {name!r} in {above or whole}{hint}")


class Broken(Wrong):
    """Something else than one value: *why* is the rest of a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(None, why)

    def failure(self, whole: str) -> Failure:
        """Say what is the matter."""
        return refusal(self.path() or whole, self.allowed)


class Dropped(Exception):
    """Not an error: a name that is unknown, and unknown ones are ignored."""


def refusal(field: str, why: str) -> Failure:
    """Return the failure of *field*; *why* is the rest of the sentence."""
    return _failure(field, f"{field} {why}")


def _failure(field: str, text: str) -> Failure:
    wrong = BadRequest.FieldViolation(field=field, description=text)
    details = [BadRequest(field_violations=[wrong])]
    return Failure(Status.INVALID_ARGUMENT, text, details=details)
