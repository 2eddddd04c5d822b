"""`python -m fleet.probe TARGET`: 0 is healthy, 1 is not, 2 a usage error."""

import os
import sys
from collections.abc import Mapping, Sequence

from fleet.probe import ProbeFailed
from fleet.probe.options import probe_of

_USAGE = """\
usage: python -m fleet.probe HOST:PORT [--service NAME] [--timeout-s SECONDS]
       python -m fleet.probe http://HOST[:PORT]/PATH [--timeout-s SECONDS]
  without a target: the one in the variable HEALTHCHECK_TARGET
  example: python -m fleet.probe 127.0.0.1:5000 --service rpc.Rpc
"""


def main(argv: Sequence[str] | None = None, env: Mapping[str, str] = os.environ) -> int:
    """Run one check; what is wrong goes to stderr, in one line."""
    given = sys.argv[1:] if argv is None else argv
    # One image is several services: its HEALTHCHECK cannot know which one runs.
    if not given and "HEALTHCHECK_TARGET" in env:
        given = [env["HEALTHCHECK_TARGET"]]
    try:
        probe = probe_of(given)
    except (ValueError, IndexError):
        sys.stderr.write(_USAGE)
        return 2
    try:
        probe()
    except ProbeFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
