"""Programs that tests need besides Python, and where they come from."""

import os
import shutil

_INSTALL = {
    "dig": "apt-get install bind9-dnsutils",
    "grpcurl": "https://github.com/fullstorydev/grpcurl/releases",
    "named": "apt-get install bind9",
    "openssl": "apt-get install openssl",
    "redis-server": "apt-get install redis-server",
}


def find(program: str) -> str | None:
    """Return the path of *program*; servers are not on everybody's PATH."""
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def advice(program: str) -> str:
    """Return how to get *program*."""
    return f"{program} is missing; get it: {_INSTALL.get(program, 'your packages')}"
