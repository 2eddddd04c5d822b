"""API keys: the header x-api-key, known by its SHA-256."""

import hashlib
import hmac
from collections.abc import Sequence

from services.gateway.guard.identity import API_KEY, Identity, unauthenticated
from services.gateway.policy.policy import Key


class ApiKeys:
    """The keys of the policy.

    They are random and long, so a plain hash is enough: there is no dictionary to
    try, and none of the slowness that passwords need.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = [
            (bytes.fromhex(key.sha256), Identity("key", f"key:{key.name}", key.scopes))
            for key in keys
        ]

    def __len__(self) -> int:
        return len(self._keys)

    def check(self, given: str) -> Identity:
        """Return whose key *given* is.

        Every key is compared, whichever fits, so that the time tells nothing.

        Raises:
            Failure: UNAUTHENTICATED; nobody's.
        """
        digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()
        found = None
        for known, identity in self._keys:
            if hmac.compare_digest(known, digest):
                found = identity
        if found is None:
            text = "the key in x-api-key is not known here"
            raise unauthenticated("API_KEY_INVALID", text, [API_KEY])
        return found
