"""`python -m infra.smoke ENVIRONMENT`: call the deployed game server once.

The call is made by a task inside the environment's network. stdout is its answer,
all else goes to stderr.
"""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

from infra.smoke.aws import Aws, session
from infra.smoke.cloud import Cloud
from infra.smoke.environments import region_of
from infra.smoke.errors import SmokeFailed
from infra.smoke.plan import plan
from infra.smoke.run import Runner

ROLE = "SMOKE_ROLE"
"""The role to become first; without it the credentials at hand are enough."""


def main(
    argv: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    *,
    cloud: Callable[[str, str], Cloud] = lambda region, role: Aws(
        session(region, role)
    ),
    wait: Callable[[float], object] | None = None,
) -> int:
    """Return the exit code: 0 it answered, 1 it did not, 2 bad usage."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.smoke",
        description="Call the deployed game server from inside its network.",
        epilog=f"{ROLE}=arn:aws:iam::...: the role to become first",
    )
    parser.add_argument("environment", help="such as staging")
    parser.add_argument("--patience-s", type=float, default=300.0, metavar="S")
    options = parser.parse_args(argv)
    env = os.environ if env is None else env
    try:
        region = region_of(options.environment)
    except ValueError as error:
        _tell(str(error))
        return 2
    stack = f"fleet-{options.environment}-services"
    try:
        there = cloud(region, env.get(ROLE, ""))
        runner = Runner(
            cloud=there,
            wait=wait or threading.Event().wait,
            tell=_tell,
            patience_s=options.patience_s,
        )
        answer = runner.run(plan(stack, there.outputs(stack)))
    except SmokeFailed as error:
        _tell(f"failed: {error}")
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"smoke: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
