"""Every error of the library: facts with fields, one root."""

import enum
from collections.abc import Sequence
from typing import ClassVar


class Status(enum.IntEnum):
    """The canonical codes of gRPC, without importing gRPC."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class FleetError(Exception):
    """The fleet could not do what was asked; the text is for people."""


class BadTarget(FleetError):
    """A target that cannot be read."""

    def __init__(self, target: str, reason: str, example: str) -> None:
        super().__init__(target, reason, example)
        self.target = target
        self.reason = reason
        self.example = example

    def __str__(self) -> str:
        return f"bad target {self.target!r}: {self.reason}; try {self.example}"


class BadConfig(FleetError):
    """Settings that cannot be used: every mistake at once."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        super().__init__(source, tuple(problems))
        self.source = source
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.source} cannot be used:", *self.problems])


class ResolveFailed(FleetError):
    """The discovery source did not answer: nothing new is known about *target*."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(target, reason)
        self.target = target
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot resolve {self.target}: {self.reason}"


class Refusal(FleetError):
    """An expected refusal of a call; its message is safe to show to the caller."""

    status: ClassVar[Status] = Status.UNKNOWN


class NotFound(Refusal):
    """There is no such thing."""

    status = Status.NOT_FOUND

    def __init__(self, what: str, name: object) -> None:
        super().__init__(what, name)
        self.what = what
        self.name = name

    def __str__(self) -> str:
        return f"no {self.what} {self.name}"


class InvalidArgument(Refusal):
    """One field of the request has a value that is not allowed."""

    status = Status.INVALID_ARGUMENT

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(field, value, allowed)
        self.field = field
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.field} is {self.value!r}, allowed is {self.allowed}"


class Overloaded(Refusal):
    """The server has as many calls as it may; this one was not started."""

    status = Status.RESOURCE_EXHAUSTED

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.limit} calls are running, the most that this task takes"
