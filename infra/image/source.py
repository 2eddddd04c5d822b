"""Of which sources an image is, and of when."""

from collections.abc import Mapping
from pathlib import Path

from infra.image.errors import ProgramFailed
from infra.image.program import Programs

UNKNOWN = "unknown"


def revision(programs: Programs, env: Mapping[str, str], root: Path) -> str:
    """Return the commit's id, with `-dirty` where files differ from it.

    CodeBuild says it in a variable: what a pipeline hands over is no repository.
    """
    if told := env.get("CODEBUILD_RESOLVED_SOURCE_VERSION"):
        return told[:12]
    asked = ("git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12")
    # Tags are left out: the name of an image does not change when one is set.
    return _quietly(programs, *asked, "--exclude=*") or UNKNOWN


def tag(revision: str, env: Mapping[str, str]) -> str:
    """Return the tag of a build of *revision*.

    With the number of the build in CodeBuild: a repository whose tags cannot move
    would refuse the same commit's second build.
    """
    number = env.get("CODEBUILD_BUILD_NUMBER")
    return f"{revision}-{number}" if number else revision


def epoch(programs: Programs, env: Mapping[str, str], root: Path) -> str | None:
    """Return SOURCE_DATE_EPOCH: as given, or the commit's time.

    https://reproducible-builds.org/specs/source-date-epoch/

    Raises:
        ValueError: It is given and no whole number.
    """
    told = env.get("SOURCE_DATE_EPOCH")
    if told is not None and not (told.isascii() and told.isdecimal()):
        raise ValueError(f"SOURCE_DATE_EPOCH={told!r} is no number of seconds")
    asked = ("git", "-C", str(root), "log", "-1", "--format=%ct")
    return told or _quietly(programs, *asked) or None


def _quietly(programs: Programs, *command: str) -> str:
    if not programs.has(command[0]):
        return ""
    try:
        return programs.ask(*command)
    except ProgramFailed:  # no repository
        return ""
