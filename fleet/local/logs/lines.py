"""Cutting a stream of bytes into lines of bounded length."""

from dataclasses import dataclass


@dataclass(slots=True)
class LineSplitter:
    """Takes chunks as they come, gives whole lines.

    A line longer than *most* bytes is given in pieces, so that a task that
    never ends its line cannot fill the supervisor's memory.
    """

    most: int = 16 * 1024
    _rest: bytes = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that *chunk* completes, without their ends."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) >= self.most:
            whole.append(self._rest)
            self._rest = b""
        return [text for line in whole for text in self._pieces(line)]

    def end(self) -> list[str]:
        """Return what came after the last line end."""
        rest, self._rest = self._rest, b""
        return list(self._pieces(rest)) if rest else []

    def _pieces(self, line: bytes) -> list[str]:
        line = line.rstrip(b"\r")
        cuts = range(0, max(len(line), 1), self.most)
        return [line[at : at + self.most].decode(errors="replace") for at in cuts]
