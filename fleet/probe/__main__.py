"""`python -m fleet.probe HOST:PORT`: 0 is SERVING, 1 is not, 2 a usage error."""

import sys
from collections.abc import Sequence

from fleet.probe import ProbeFailed, check

_USAGE = """\
usage: python -m fleet.probe HOST:PORT [--service NAME] [--timeout-s SECONDS]
  example: python -m fleet.probe 127.0.0.1:5000 --service rpc.Rpc
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one check; what is wrong goes to stderr, in one line."""
    try:
        host, port, service, timeout_s = _options(argv or sys.argv[1:])
    except (ValueError, IndexError):
        sys.stderr.write(_USAGE)
        return 2
    try:
        check(host, port, service=service, timeout_s=timeout_s)
    except ProbeFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _options(argv: Sequence[str]) -> tuple[str, int, str, float]:
    """Read the command line; argparse would be a quarter of a probe's CPU.

    Raises:
        ValueError: It is not as in the usage.
        IndexError: It ends too early.
    """
    given = {"--service": "", "--timeout-s": "2"}
    host, _, port = argv[0].rpartition(":")
    for name, value in zip(argv[1::2], [*argv[2::2], None], strict=False):
        if name not in given or value is None:
            raise ValueError(name)
        given[name] = value
    given["--service"].encode()  # UnicodeEncodeError is a ValueError
    if not (port.isascii() and port.isdecimal()):
        raise ValueError(port)
    timeout_s = float(given["--timeout-s"])
    if not host or not 0 < int(port) <= 65535 or not 0 < timeout_s < 3600:  # noqa: PLR2004 - a port, an hour
        raise ValueError(argv[0])
    bare = host.removeprefix("[").removesuffix("]")
    return bare, int(port), given["--service"], timeout_s


if __name__ == "__main__":
    sys.exit(main())
