"""Log lines with the name of their task in front."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.cli.out import colourful, painted, row

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]|\x1b(?!\[[0-9;]*m)")
"""Control characters other than tab and colour: a log must not move the
cursor or re-name the window."""


@dataclass(slots=True)
class LogPrinter:
    """Prints lines as they come, as text or as JSON."""

    env: Mapping[str, str]
    json: bool
    width: int = 0

    def line(self, line: Mapping[str, str]) -> None:
        """Print one line, as `Line.as_dict` gives it."""
        if self.json:
            row(line)
            return
        task = line["task"]
        self.width = max(self.width, len(task))
        prefix = f"{task.ljust(self.width)} |"
        if colourful(sys.stdout, self.env):
            prefix = painted(prefix, _number(task))
        print(
            prefix, _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", line["text"]), flush=True
        )


def _number(task: str) -> int:
    """Return the number at the end of a task's name; neighbours differ."""
    digits = re.search(r"\d+$", task)
    return int(digits.group()) if digits else 0
