"""How the store is started: every setting with its reason."""

from collections.abc import Sequence
from pathlib import Path

_SETTINGS = {
    # On a socket in a folder that only its owner can enter; no port at all.
    "port": "0",
    "unixsocketperm": "700",
    # An answered write survives kill -9 and a power cut. With many writes in one
    # turn of the server's loop they share one fsync, so that it costs little.
    "appendonly": "yes",
    "appendfsync": "always",
    # A snapshot would be a second copy that no start reads while the log is there.
    "save": "",
    # Written anew when it has doubled, from a size that still loads in a moment.
    "auto-aof-rewrite-percentage": "100",
    "auto-aof-rewrite-min-size": "16mb",
    # Eviction would take whole days of scores, and tell nobody.
    "maxmemory-policy": "noeviction",
    # A board of a million users must not stop the server when its day is over.
    "lazyfree-lazy-expire": "yes",
}


def server_command(program: Path, socket: Path) -> Sequence[str]:
    """Return the words that start *program* on *socket*.

    It keeps its data in the folder where it is started, so that no setting has
    to quote a path.
    """
    settings = {**_SETTINGS, "unixsocket": str(socket)}
    words = [word for key, value in settings.items() for word in (f"--{key}", value)]
    return (str(program), *words)
