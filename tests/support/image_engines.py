"""Programs that are called docker, podman, aws..., and write down what they hear."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCRIPT = """\
#!{python} -S
import json, sys
from pathlib import Path
here = Path({folder!r})
name, words = {name!r}, sys.argv[1:]
given = "" if sys.stdin.isatty() else sys.stdin.read()
with (here / "heard").open("a") as heard:
    heard.write(json.dumps([name, *words, given]) + "\\n")
for begin, (code, said) in json.loads({answers!r}).items():
    if " ".join(words).startswith(begin):
        for word in words:
            if word.startswith("--digestfile="):
                Path(word.partition("=")[2]).write_text(said)
        (sys.stderr if code else sys.stdout).write(said + "\\n")
        sys.exit(code)
"""


@dataclass(frozen=True)
class Engines:
    """A folder of programs, the only ones on the PATH."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment in which there is nothing else."""
        return {"PATH": str(self.folder), "CODEBUILD_RESOLVED_SOURCE_VERSION": "c0ffee"}

    def add(self, name: str, answers: dict[str, tuple[int, str]] | None = None) -> None:
        """Install *name*, which answers by how its arguments begin, else nothing."""
        file = self.folder / name
        file.write_text(
            _SCRIPT.format(
                python=sys.executable,
                folder=str(self.folder),
                name=name,
                answers=json.dumps(answers or {}),
            )
        )
        file.chmod(0o755)

    def heard(self) -> list[list[Any]]:
        """Return each call: program, arguments, and its stdin."""
        file = self.folder / "heard"
        lines = file.read_text().splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]
