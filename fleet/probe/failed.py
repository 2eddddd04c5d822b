"""What a probe raises; not in `fleet.errors`, to stay free of imports."""


class ProbeFailed(Exception):
    """The task at *where* did not say that it is well."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        """Return one line, whatever the other side sent."""
        return f"{self.where}: {self.reason}"


class Refused(ProbeFailed):
    """It shook hands over TLS, and then hung up before it had said a byte.

    A gRPC server speaks first, as soon as it lets somebody in (RFC 9113, 3.4).
    """
