"""`python -m fleet.probe TARGET`: 0 is healthy, 1 is not, 2 a usage error."""

import os
import sys
from collections.abc import Mapping, Sequence

from fleet.probe import ProbeFailed
from fleet.probe.options import probe_of

_USAGE = """\
usage: python -m fleet.probe HOST:PORT [--service NAME] [--timeout-s SECONDS]
         [--tls] [--ca FILE] [--cert FILE --key FILE] [--name NAME]
       python -m fleet.probe http[s]://HOST[:PORT]/PATH [--timeout-s SECONDS]
         [--ca FILE] [--cert FILE --key FILE] [--name NAME]
  without a target: the one in the variable HEALTHCHECK_TARGET
  without a word on TLS: that of FLEET_TLS_CERT, FLEET_TLS_KEY and FLEET_TLS_CA
  example: python -m fleet.probe 127.0.0.1:5000 --service rpc.Rpc
"""


def main(argv: Sequence[str] | None = None, env: Mapping[str, str] = os.environ) -> int:
    """Run one check; what is wrong goes to stderr, in one line.

    So does what is wrong with the files of a task that is healthy all the same.
    """
    given = sys.argv[1:] if argv is None else argv
    # One image is several services: its HEALTHCHECK cannot know which one runs.
    if not given and "HEALTHCHECK_TARGET" in env:
        given = [env["HEALTHCHECK_TARGET"]]
    try:
        probe = probe_of(given, env)
    except (ValueError, IndexError):
        sys.stderr.write(_USAGE)
        return 2
    try:
        remark = probe()
    except ProbeFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if remark:
        sys.stderr.write(f"{remark}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
