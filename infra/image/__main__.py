"""`python -m infra.image`: build the image, and with --push push it.

stdout is one line: the name, or after a push the reference by digest. All else
goes to stderr, so that `IMAGE=$(make --silent push)` is what it looks like.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from infra.image import source, wanted
from infra.image.engine import ENGINES, Engine, find
from infra.image.errors import ImageError
from infra.image.program import Programs
from infra.image.registry import log_in
from infra.image.wanted import Wanted

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
_EXAMPLE = """\
examples:
  make image ARGS="--platform linux/arm64 --tag try"
  make image ARGS="--build-arg PYTHON_IMAGE=python:3.13-slim -- --no-cache"
  make push REPOSITORY=000000000000.dkr.ecr.eu-west-1.amazonaws.com/grpc-fleet"""


def _checked(check: Callable[[str], T]) -> Callable[[str], T]:
    """Keep the words of a ValueError, which argparse would replace by its own."""

    def parse(text: str) -> T:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m infra.image",
        description="Build the image, and push it.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--engine", choices=ENGINES, help="default: the first of them that works")
    add("--platform", type=_checked(wanted.platform), metavar="linux/ARCH")
    add("--tag", type=_checked(wanted.tag), help="default: the revision")
    add(
        "--build-arg",
        type=_checked(wanted.build_arg),
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="such as PYTHON_IMAGE=...@sha256:...",
    )
    add("--push", type=_checked(wanted.repository), metavar="REPOSITORY")
    add("options", nargs="*", help="after --: given to the engine's build as they are")
    return parser


def main(
    argv: Sequence[str] | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Return the exit code: 0 built (and pushed), 1 not, 2 bad usage."""
    options = _parser().parse_args(argv)
    env = os.environ if env is None else env
    # Or buildx pushes a list of two manifests, one of an unknown platform.
    programs = Programs({**env, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"})
    try:
        line = _image(options, programs)
    except (ImageError, ValueError) as error:
        sys.stderr.write(f"image: {error}\n")
        return 2 if isinstance(error, ValueError) else 1
    sys.stdout.write(f"{line}\n")
    return 0


def _image(options: argparse.Namespace, programs: Programs) -> str:
    revision = source.revision(programs, programs.env, ROOT)
    asked = Wanted(
        context=ROOT,
        tag=options.tag or source.tag(revision, programs.env),
        platform=options.platform,
        build_args={"REVISION": revision, **dict(options.build_arg)},
        epoch=source.epoch(programs, programs.env, ROOT),
        options=tuple(options.options),
    )
    engine = find(programs, options.engine)
    engine.build(asked)
    built = engine.look(asked.name)
    sys.stderr.write(f"image: {built.name} {built.digest} {built.size}\n")
    return _push(engine, programs, asked, options.push) if options.push else built.name


def _push(engine: Engine, programs: Programs, asked: Wanted, repository: str) -> str:
    log_in(engine, programs, repository)
    digest = engine.push(asked.name, f"{repository}:{asked.tag}")
    return f"{repository}@{digest}"


if __name__ == "__main__":
    sys.exit(main())
