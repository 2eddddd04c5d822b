"""The pip of a build in a sandbox finds what the pip of this machine finds."""

import ast
import subprocess
import sys
from pathlib import Path


def settings() -> dict[str, str]:
    """Return pip's settings here, whichever file or variable they are from."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own pip
    found: dict[str, str] = {}
    # In the order of pip: files first, then `:env:`, the later one counts.
    for line in sorted(listed.stdout.splitlines(), key=_from_environment):
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return found


def _from_environment(line: str) -> bool:
    return line.startswith(":env:")


def mounts(folder: Path) -> list[str]:
    """Write them to a file in *folder*; return it and what it names, as volumes."""
    known = settings()
    file = folder / "pip.conf"
    # A value of several lines goes on in indented ones.
    lines = [f"{name} = {value}".replace("\n", "\n  ") for name, value in known.items()]
    file.write_text("\n".join(["[global]", *lines, ""]))
    paths = {word for value in known.values() for word in value.split()}
    named = sorted(
        path for path in paths if path.startswith("/") and Path(path).exists()
    )
    return [f"{file}:/etc/pip.conf:ro", *(f"{path}:{path}:ro" for path in named)]
