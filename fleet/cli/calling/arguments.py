"""What `fleet call` takes."""

import argparse
import base64
import binascii
import math
import re

from google.protobuf.descriptor import MethodDescriptor

from fleet.cli.calling.load import MOST_AT_ONCE, MOST_CALLS
from fleet.cli.destination import tls_arguments
from fleet.cli.target import HELP
from fleet.client.wire import CallOptions

TIMEOUT_S = 10.0
"""For methods that answer once; a stream may go on for ever."""

_NAME = re.compile(r"[0-9a-z_.-]+")
"""Of metadata, as gRPC allows it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the call."""
    add = parser.add_argument
    add("target", metavar="TARGET", help=HELP)
    add("method", metavar="METHOD", help="rpc.Rpc/GetChampion")
    add(
        "json_argument",
        nargs="?",
        default="",
        metavar="JSON",
        help="the request, several for a stream; - is stdin, @NAME a file",
    )
    add(
        "-H",
        dest="metadata",
        type=_header,
        action="append",
        default=[],
        metavar="NAME:VALUE",
        help="metadata; the value of a -bin name is base64",
    )
    add("--timeout-s", type=_seconds, metavar="S", help="for the whole call (10)")
    add("--repeat", type=_up_to(MOST_CALLS), metavar="N", help="call N times")
    add(
        "--concurrency",
        type=_up_to(MOST_AT_ONCE),
        default=1,
        metavar="C",
        help="that many side by side (1)",
    )
    tls_arguments(parser)


def call_options(options: argparse.Namespace, found: MethodDescriptor) -> CallOptions:
    """Return what goes along with each call of *found*."""
    streams = found.client_streaming or found.server_streaming
    timeout_s = options.timeout_s or (None if streams else TIMEOUT_S)
    return CallOptions(timeout_s, options.metadata)


def _header(text: str) -> tuple[str, str | bytes]:
    name, colon, value = text.partition(":")
    name, value = name.strip().lower(), value.strip()
    printable = value.isascii() and value.isprintable()
    if not colon or not _NAME.fullmatch(name) or not printable:
        raise argparse.ArgumentTypeError(f"{text!r} is not like name:value")
    if name.startswith("grpc-"):
        raise argparse.ArgumentTypeError(f"{name!r} is no name for metadata")
    if not name.endswith("-bin"):
        return name, value
    try:
        return name, base64.b64decode(value, validate=True)
    except binascii.Error:
        raise argparse.ArgumentTypeError(f"{name}: not base64") from None


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a time above 0")
    return seconds


class _up_to:  # noqa: N801 - used like a function
    """Parse a whole number from 1 to *most*."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= self.most:
            raise argparse.ArgumentTypeError(f"{text} is not 1 to {self.most}")
        return int(text)
