"""Why a smoke test failed, for people."""


class SmokeFailed(Exception):
    """The game server has not answered; the text says why, as far as is known."""


class NotDeployed(SmokeFailed):
    """There is nothing to call."""

    def __init__(self, stack: str, reason: str) -> None:
        super().__init__(stack, reason)
        self.stack = stack
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.stack} {self.reason}"


class Refused(SmokeFailed):
    """AWS does not let us: no credentials, no permission, no such thing."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(action, reason)
        self.action = action
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.action}: {self.reason}"


class NoCapacity(SmokeFailed):
    """ECS had no machine for the task; that may pass."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the task was not placed: {self.reason}"


class NotStarted(SmokeFailed):
    """The task ended before its program ran."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the task did not start: {self.reason}"


class CallFailed(SmokeFailed):
    """The program ran and ended with another code than 0."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code, said)
        self.code = code
        self.said = said

    def __str__(self) -> str:
        status = f" (gRPC status {self.code - 64})" if 64 < self.code <= 80 else ""  # noqa: PLR2004 - see `fleet call`
        return f"the call ended with {self.code}{status}: {self.said or 'no word'}"


class Unfinished(SmokeFailed):
    """The task was still there when our time was up; it has been stopped."""

    def __init__(self, seconds: float, status: str) -> None:
        super().__init__(seconds, status)
        self.seconds = seconds
        self.status = status

    def __str__(self) -> str:
        return f"the task was {self.status} after {self.seconds:g} s and was stopped"
