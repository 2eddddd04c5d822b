"""What can stop a build, for people."""

from collections.abc import Sequence


class ImageError(Exception):
    """There is no image; the text says why, and what to do."""


class NoEngine(ImageError):
    """Nothing here builds images."""

    def __init__(self, seen: Sequence[str]) -> None:
        super().__init__(tuple(seen))
        self.seen = tuple(seen)
        """What was found out about each engine."""

    def __str__(self) -> str:
        looked = "".join(f"\n  {line}" for line in self.seen)
        return (
            f"nothing here can build an image:{looked}\n"
            "install one: apt-get install buildah (no daemon, no root needed), "
            "apt-get install podman, or https://docs.docker.com/engine/install/"
        )


class ProgramFailed(ImageError):
    """A program ended with a code that is not 0."""

    def __init__(self, command: Sequence[str], code: int, said: str = "") -> None:
        super().__init__(tuple(command), code, said)
        self.command = tuple(command)
        self.code = code
        self.said = said
        """The end of what it wrote; empty where it was shown already."""

    def __str__(self) -> str:
        shown = " ".join(self.command[:3])
        said = f": {self.said.strip()}" if self.said.strip() else ", see above"
        return f"{shown} ... ended with {self.code}{said}"


class ProgramMissing(ImageError):
    """A program that this step needs is not installed."""

    def __init__(self, program: str, why: str) -> None:
        super().__init__(program, why)
        self.program = program
        self.why = why

    def __str__(self) -> str:
        return f"{self.program} is missing; {self.why}"


class BadAnswer(ImageError):
    """An engine said something that we cannot read."""

    def __init__(self, command: Sequence[str], said: str) -> None:
        super().__init__(tuple(command), said)
        self.command = tuple(command)
        self.said = said

    def __str__(self) -> str:
        return f"{' '.join(self.command[:3])} ... answered {self.said[:200]!r}"
