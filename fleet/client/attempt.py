"""One attempt of a call."""

from typing import Any

from fleet.client.leaving.standing import Standing
from fleet.client.peer import Link, Peer


class Attempt:
    """An attempt under way; a hedged call has two at a time."""

    __slots__ = (
        "began",
        "generation",
        "inner",
        "link",
        "peer",
        "seen",
        "since",
        "trial",
    )

    def __init__(self, peer: Peer, link: Link, began: float) -> None:
        self.peer = peer
        self.link = link
        self.began = began
        """On the clock of `time.monotonic`, in seconds."""
        self.since = began
        """When the call's first attempt began: a hedge counts from there."""
        self.inner: Any = None
        """The engine's own call."""
        self.generation: int | None = None
        """Of the breaker that let it in."""
        self.trial = peer.standing is Standing.TRIAL
        """The peer's next trial waits for its verdict."""
        if self.trial:
            peer.trials += 1
        self.seen: Any = None
        """What telemetry knows it by."""

    def end_trial(self) -> bool:
        """Let another trial follow; false: this was none, or it has its verdict."""
        if not self.trial:
            return False
        self.trial = False
        self.peer.trials -= 1
        return True
