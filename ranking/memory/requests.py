"""Which requests were counted, so that a repeat is not."""


class Requests:
    """Remembers request ids for one to two times *kept_ms*.

    Two generations take turns, so that forgetting costs nothing.
    """

    def __init__(self, kept_ms: int) -> None:
        self._kept_ms = kept_ms
        self._began_ms = 0
        self._young: dict[tuple[str, str], bool] = {}
        self._old: dict[tuple[str, str], bool] = {}

    def outcome(self, user_id: str, request_id: str, now_ms: int) -> bool | None:
        """Return whether that request changed the score; None: it is not known."""
        self._turn(now_ms)
        key = user_id, request_id
        return self._young.get(key, self._old.get(key))

    def remember(
        self, user_id: str, request_id: str, now_ms: int, *, changed: bool
    ) -> None:
        """Keep what a request did; without an id there is nothing to repeat."""
        self._turn(now_ms)
        if request_id:
            self._young[user_id, request_id] = changed

    def _turn(self, now_ms: int) -> None:
        age = now_ms - self._began_ms
        if age < self._kept_ms:
            return
        self._old = self._young if age < 2 * self._kept_ms else {}
        self._young, self._began_ms = {}, now_ms
