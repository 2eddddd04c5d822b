"""moto's HTTP server in a process of its own, so that its sockets are its own."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from fleet.endpoint import Endpoint

_ROOT = Path(__file__).parents[2]
_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextlib.contextmanager
def moto() -> Iterator[Endpoint]:
    """Run moto on a free port of 127.0.0.1; it ends with its standard input."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", __name__],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        try:
            yield Endpoint("127.0.0.1", int(process.stdout.readline()))
        finally:
            process.kill()


@contextlib.contextmanager
def aws_settings(**other: str | None) -> Iterator[None]:
    """Let boto3 find the settings of no account, and *other*; None: not set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_PROFILE", raising=False)
        for name, value in {**_SETTINGS, **other}.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        yield


def _main() -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)  # noqa: T201 - to whoever started it
    sys.stdin.read()


if __name__ == "__main__":
    _main()
