"""A store that is one server, wherever it is at the moment."""

from collections.abc import Sequence

from ranking.store.node import Node
from ranking.store.pipe import Future, Words
from ranking.store.scan import scan
from ranking.store.store import Script, Word


def script_words(script: Script, keys: Sequence[Word], args: Sequence[Word]) -> Words:
    """Return the command that runs *script*, if the server has it."""
    return ("EVALSHA", script.sha, len(keys), *keys, *args)


class SingleStore:
    """A `Store` that is one server, alone or the one that sentinels name."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    def read(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> Future:
        """Run a script that writes nothing."""
        return self._node.reads.send(script_words(script, keys, args), script)

    def write(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> Future:
        """Run a script, and answer when its effect is durable."""
        return self._node.writes.send(script_words(script, keys, args), script)

    def command(self, key: Word, *words: Word) -> Future:  # noqa: ARG002
        """Run one command."""
        return self._node.reads.send(words)

    async def scan(self, pattern: str) -> list[str]:
        """Return the keys that match."""
        return await scan(self._node, pattern)
