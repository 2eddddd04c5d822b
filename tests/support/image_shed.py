"""A place to build and run images in: no daemon, no registry, no root's storage.

The base image is a stand-in: Debian's Python, laid out as in the official image,
with pip in /usr/local. It is made once and kept in the user's cache, as are the
layers that were built upon it, so that a second run takes seconds.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support import image_pip

STAND_IN = "localhost/grpc-fleet-base:trixie-1"
"""The number goes up when the recipe below changes."""
_PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
_LAYOUT = "python3 -m venv /usr/local && apt-get purge -qq python3-pip && apt-get clean"
_LIMITS = ("nofile=4096:4096", "nproc=4096:4096")
"""Below those of most machines: who may not raise them could start nothing else."""
_PATH = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Shed:
    """Where containers are stored, and how the tools are told."""

    env: dict[str, str]

    def run(self, *command: str, code: int | None = 0, limit_s: float = 300) -> str:
        """Return what *command* says; its exit code must be *code*, None: any."""
        ended = subprocess.run(  # noqa: S603 - what the tests say
            command,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        told = f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
        assert code is None or ended.returncode == code, told
        # Logs and errors come by both ways; an answer by stdout alone.
        both = f"{ended.stdout}{ended.stderr}"
        return ended.stdout.strip() if code == 0 else both

    def code(self, *command: str) -> int:
        """Return the exit code of *command*."""
        return subprocess.run(  # noqa: S603 - what the tests say
            command, env=self.env, capture_output=True, timeout=60, check=False
        ).returncode


def shed(folder: Path) -> Shed:
    """Return the shed whose settings lie in *folder*; it has the stand-in.

    All is said by files and variables, which buildah and podman both read, and
    which go through any program that calls them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    storage = cache / "grpc-fleet" / "image-tests"
    storage.mkdir(parents=True, exist_ok=True)
    (folder / "storage.conf").write_text(_storage(storage))
    (folder / "containers.conf").write_text(_containers(image_pip.mounts(folder)))
    made = Shed(
        {
            **os.environ,
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "BUILDAH_ISOLATION": "chroot",
            # Of all runs: a layer that is kept keeps the date it was made with.
            "SOURCE_DATE_EPOCH": "1700000000",
        }
    )
    if made.code("buildah", "inspect", "--type=image", STAND_IN):
        _make_stand_in(made)
    return made


def _storage(folder: Path) -> str:
    return (
        f'[storage]\ndriver = "overlay"\n'
        f'graphroot = "{folder}/images"\nrunroot = "{folder}/running"\n'
    )


def _containers(volumes: list[str]) -> str:
    return (
        f'[containers]\nnetns = "host"\nvolumes = {volumes}\n'
        f"default_ulimits = {list(_LIMITS)}\n"
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n'
    )


def _make_stand_in(shed: Shed) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = f"{folder}/root.tar"
        variant = ("--variant=minbase", f"--include={_PACKAGES}")
        shed.run("mmdebstrap", *variant, "trixie", root)
        made = shed.run("buildah", "from", "scratch")
        shed.run("buildah", "add", "--quiet", made, root, "/")
    shed.run("buildah", "run", made, "--", "/bin/sh", "-c", _LAYOUT)
    shed.run("buildah", "config", "--env", _PATH, made)
    shed.run("buildah", "commit", "--quiet", "--rm", made, STAND_IN)
