"""What is to be built: typed, checked before anything takes time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
# Docker's rule: a first part with a dot or a port, or localhost, is a host.
_HOST = (
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:))(?::[0-9]+)?"
)
_REPOSITORY = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_PLATFORM = re.compile(r"linux/[a-z0-9]+(?:/v[0-9]+)?")
_EXAMPLE = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/grpc-fleet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One image."""

    context: Path
    """The folder with the Dockerfile."""
    repository: str = "grpc-fleet"
    tag: str
    platform: str | None = None
    """Such as linux/arm64; None: this machine's."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    epoch: str | None = None
    """Seconds since 1970 that every file and the image itself are dated with."""
    options: tuple[str, ...] = ()
    """Handed to the engine's own `build`."""

    @property
    def name(self) -> str:
        """Repository and tag."""
        return f"{self.repository}:{self.tag}"


def repository(text: str) -> str:
    """Return *text* if it names a repository, without a tag.

    Raises:
        ValueError: It does not.
    """
    if not _REPOSITORY.fullmatch(text):
        raise ValueError(f"{text!r} is no repository, such as {_EXAMPLE}")
    return text


def tag(text: str) -> str:
    """Return *text* if it is a tag.

    Raises:
        ValueError: It is not.
    """
    if not _TAG.fullmatch(text):
        raise ValueError(f"{text!r} is no tag: letters, digits, . _ -, 128 at most")
    return text


def platform(text: str) -> str:
    """Return *text* if it is a platform.

    Raises:
        ValueError: It is not.
    """
    if not _PLATFORM.fullmatch(text):
        raise ValueError(f"{text!r} is no platform, such as linux/arm64 or linux/amd64")
    return text


def build_arg(text: str) -> tuple[str, str]:
    """Split `NAME=VALUE`.

    Raises:
        ValueError: It is not of this form.
    """
    name, equals, value = text.partition("=")
    if not name.isidentifier() or not equals:
        raise ValueError(
            f"{text!r} is not NAME=VALUE, such as PYTHON_IMAGE=python:3.13"
        )
    return name, value
