"""The keys of one server, asked for in pieces that block nobody."""

from ranking.store.node import Node

_PIECE = 1000
"""Keys that the server looks at in one go, about 0.2 ms."""


async def scan(node: Node, pattern: str) -> list[str]:
    """Return every key that was there all the time and matches the glob *pattern*.

    Raises:
        StoreUnavailable: The server is gone, or went meanwhile.
    """
    found: set[bytes] = set()  # a key may be told twice
    cursor = b"0"
    while True:
        words = ("SCAN", cursor, "MATCH", pattern, "COUNT", _PIECE)
        cursor, keys = await node.reads.send(words)
        found.update(keys)
        if cursor == b"0":
            return sorted(key.decode() for key in found)
