"""Who builds: docker, podman or buildah, whichever is there."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.image.errors import BadAnswer, NoEngine, ProgramFailed
from infra.image.program import Programs
from infra.image.wanted import Wanted

ENGINES = ("docker", "podman", "buildah")


@dataclass(frozen=True, slots=True)
class Built:
    """An image on this machine."""

    name: str
    digest: str
    """Of the manifest, where the engine knows one before a push, else of its config."""
    size: str
    """Of all layers, unpacked, for people."""


class Engine(Protocol):
    """One way to build, look at and push an image."""

    def build(self, wanted: Wanted) -> None:
        """Build and tag it; shows the engine's progress."""

    def look(self, name: str) -> Built:
        """Say what *name* is."""

    def push(self, name: str, to: str) -> str:
        """Push *name* as *to* (REPOSITORY:TAG); return `sha256:...`."""

    def login(self, registry: str, user: str, password: str) -> None:
        """Let pushes to *registry* pass."""


def _options(wanted: Wanted) -> Iterator[str]:
    yield f"--tag={wanted.name}"
    if wanted.platform:
        yield f"--platform={wanted.platform}"
    for name, value in wanted.build_args.items():
        yield f"--build-arg={name}={value}"


@dataclass(frozen=True, slots=True)
class Docker:
    """The docker client, with a daemon behind it."""

    programs: Programs

    def build(self, wanted: Wanted) -> None:
        """Date the image; the dates of files need an exporter of buildx."""
        date = (
            (f"--build-arg=SOURCE_DATE_EPOCH={wanted.epoch}",) if wanted.epoch else ()
        )
        options = (*_options(wanted), *date, *wanted.options)
        self.programs.show("docker", "build", *options, str(wanted.context))

    def look(self, name: str) -> Built:
        """Ask for the id, the digest of the config."""
        asked = ("docker", "image", "inspect", "--format", "{{.Id}} {{.Size}}", name)
        answer = self.programs.ask(*asked).split()
        if len(answer) != 2 or not answer[1].isdecimal():  # noqa: PLR2004 - id, size
            raise BadAnswer(asked, " ".join(answer))
        return Built(name, answer[0], f"{int(answer[1]) / 1e6:.0f} MB")

    def push(self, name: str, to: str) -> str:
        """Push; only then docker knows the digest."""
        self.programs.ask("docker", "tag", name, to)
        self.programs.show("docker", "push", to)
        form = "{{range .RepoDigests}}{{println .}}{{end}}"
        asked = ("docker", "image", "inspect", "--format", form, to)
        answer = self.programs.ask(*asked)
        here = to.rpartition(":")[0] + "@"
        for line in answer.splitlines():
            if line.startswith(here):
                return line.removeprefix(here)
        raise BadAnswer(asked, answer)

    def login(self, registry: str, user: str, password: str) -> None:
        """Log in; the password is given by stdin, where no list of processes is."""
        asked = ("docker", "login", "--username", user, "--password-stdin", registry)
        self.programs.ask(*asked, given=password)


@dataclass(frozen=True, slots=True)
class Daemonless:
    """podman or buildah, which share their commands and their storage."""

    programs: Programs
    program: str

    def build(self, wanted: Wanted) -> None:
        """Build in docker's format: the other has no HEALTHCHECK."""
        date = (f"--timestamp={wanted.epoch}",) if wanted.epoch else ()
        options = ("--format=docker", "--layers", *_options(wanted), *date)
        command = (self.program, "build", *options, *wanted.options)
        self.programs.show(*command, str(wanted.context))

    def look(self, name: str) -> Built:
        """Ask for the digest of the manifest as it lies in the storage."""
        asked = (self.program, "images", "--format=json", name)
        asked = (*asked[:2], "--json", name) if self.program == "buildah" else asked
        answer = self.programs.ask(*asked)
        try:
            image = {key.lower(): value for key, value in json.loads(answer)[0].items()}
            size, digest = image["size"], image["digest"]
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise BadAnswer(asked, answer) from error
        told = f"{size / 1e6:.0f} MB" if isinstance(size, int) else str(size)
        return Built(name, digest, told)

    def push(self, name: str, to: str) -> str:
        """Push; packing the layers makes the digest another than before."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "digest"
            command = (self.program, "push", f"--digestfile={file}")
            self.programs.show(*command, name, f"docker://{to}")
            return file.read_text().strip()

    def login(self, registry: str, user: str, password: str) -> None:
        """Log in; the password is given by stdin, where no list of processes is."""
        asked = (self.program, "login", "--username", user, "--password-stdin")
        self.programs.ask(*asked, registry, given=password)


def find(programs: Programs, choice: str | None = None) -> Engine:
    """Return the engine *choice*, or the first that works.

    Raises:
        NoEngine: With what is known of each that was looked for.
    """
    seen = []
    for name in [choice] if choice else ENGINES:
        if problem := _problem(programs, name):
            seen.append(f"{name}: {problem}")
        elif name == "docker":
            return Docker(programs)
        else:
            return Daemonless(programs, name)
    raise NoEngine(seen)


def _problem(programs: Programs, name: str) -> str | None:
    if not programs.has(name):
        return "not installed"
    if name != "docker":
        return None
    try:
        programs.ask(
            "docker", "version", "--format", "{{.Server.Version}}", timeout_s=10
        )
    except ProgramFailed as error:
        last = error.said.strip().rpartition("\n")[2]
        return f"its daemon does not answer ({last})"
    return None
