"""Every error of the library: facts with fields, one root."""

import difflib
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


class Throttled(ResolveFailed):
    """The source wants fewer questions; it is there, and may answer the next."""


class NoEndpoints(FleetError):
    """A call found no endpoint that it could be sent to."""

    def __init__(self, target: str, reason: str, status: Status) -> None:
        super().__init__(target, reason, status)
        self.target = target
        self.reason = reason
        self.status = status

    def __str__(self) -> str:
        return f"no endpoint of {self.target} can be called: {self.reason}"


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


class ComeBack(Refusal):
    """Not now; the caller may try again, and is told when."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(reason, retry_after_s)
        self.reason = reason
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return self.reason


class Overloaded(ComeBack):
    """The task has too much to do; this call was not started."""

    status = Status.RESOURCE_EXHAUSTED


class TooLate(Refusal):
    """The caller's time is up, or too short for an answer; it was not started."""

    status = Status.DEADLINE_EXCEEDED

    def __init__(self, left_s: float) -> None:
        super().__init__(left_s)
        self.left_s = left_s

    def __str__(self) -> str:
        return f"not started: {max(self.left_s, 0) * 1000:.0f} ms of its time were left"


class NotAllowed(Refusal):
    """The caller has proved who it is, and may not call here."""

    status = Status.PERMISSION_DENIED

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        shown = ", ".join(self.names[:5]) or "no name"
        return f"the caller's certificate names {shown}, which may not call here"


class FailedPrecondition(Refusal):
    """Something else has to be done first; the text says what."""

    status = Status.FAILED_PRECONDITION


class OutOfRange(Refusal):
    """A value that would be fine at another time, or from another state."""

    status = Status.OUT_OF_RANGE


class ResourceExhausted(Refusal):
    """There is no room for what was asked, and another task has none either."""

    status = Status.RESOURCE_EXHAUSTED


class Unavailable(ComeBack):
    """It cannot be done now."""

    status = Status.UNAVAILABLE


class Unknown(FleetError):
    """A name that means nothing here; a near one is suggested."""

    def __init__(self, what: str, name: str, known: Sequence[str]) -> None:
        super().__init__(what, name, tuple(known))
        self.what = what
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        near = difflib.get_close_matches(self.name, self.known, n=1)
        if near:
            return f"no {self.what} {self.name!r}; did you mean {near[0]!r}?"
        there = ", ".join(self.known) or "none"
        return f"no {self.what} {self.name!r}; there is {there}"


class BadInput(FleetError):
    """Something that was typed, or sent, cannot be used."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


class NotRunning(FleetError):
    """No local fleet answers in this state folder."""

    def __init__(self, home: str) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return f"no fleet is running (state folder {self.home}); start one: fleet up"


class AlreadyRunning(FleetError):
    """Another `fleet up` holds the state folder."""

    def __init__(self, pid: int, since: str) -> None:
        super().__init__(pid, since)
        self.pid = pid
        self.since = since

    def __str__(self) -> str:
        return (
            f"a fleet is already running: pid {self.pid}, since {self.since};"
            " look at it: fleet ps; stop it: fleet down"
        )


class PortTaken(FleetError):
    """Another process listens where a task or the nameserver should."""

    def __init__(self, where: str, holder: str, advice: str) -> None:
        super().__init__(where, holder, advice)
        self.where = where
        self.holder = holder
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.where} is taken by {self.holder}; stop it, or {self.advice}"


class NotBindable(FleetError):
    """An address that this machine cannot listen on."""

    def __init__(self, where: str, reason: str, advice: str) -> None:
        super().__init__(where, reason, advice)
        self.where = where
        self.reason = reason
        self.advice = advice

    def __str__(self) -> str:
        return f"cannot listen on {self.where}: {self.reason}; you may {self.advice}"


class NeverHealthy(FleetError):
    """A service of which no task became healthy in time."""

    def __init__(self, service: str, timeout_s: float, last: str) -> None:
        super().__init__(service, timeout_s, last)
        self.service = service
        self.timeout_s = timeout_s
        self.last = last

    def __str__(self) -> str:
        return (
            f"no task of {self.service} is healthy after {self.timeout_s:g} s"
            f"\n  {self.last}"
        )


class ControlFailed(FleetError):
    """The running fleet refused a command; the text is its own."""


class Unimplemented(Refusal):
    """The method is not known here, or known and not served."""

    status = Status.UNIMPLEMENTED

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is not implemented by this task"


class Malformed(Refusal):
    """The bytes of a request are not the message that the method takes."""

    status = Status.INTERNAL  # what gRPC itself says in every language

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"the request of {self.path} cannot be parsed"


class CannotListen(FleetError):
    """The address is taken, or not one of this machine."""

    def __init__(self, listen: str, reason: str) -> None:
        super().__init__(listen, reason)
        self.listen = listen
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot listen on {self.listen}: {self.reason}"


class CallRefused(FleetError):
    """A server answered a call with a status that is not OK."""

    def __init__(self, status: Status, message: str, details: bytes = b"") -> None:
        super().__init__(status, message, details)
        self.status = status
        self.message = message
        self.details = details
        """A google.rpc.Status, encoded; empty where there is none."""

    def __str__(self) -> str:
        return f"{self.status.name}: {self.message}"


class NoReflection(FleetError):
    """A server that does not tell what it serves."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target

    def __str__(self) -> str:
        return f"{self.target} does not support reflection"
