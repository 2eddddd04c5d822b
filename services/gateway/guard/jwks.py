"""The public keys of an issuer, which change now and then."""

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from jwt import PyJWK, PyJWKClient, PyJWKSet, PyJWKSetError, PyJWTError

_log = logging.getLogger("services.gateway.guard")

_FRESH_S = 600.0
"""For which keys are used before they are read again: one that was withdrawn lives
that much longer."""
_PAUSE_S = 60.0
"""Between two readings. Tokens can name keys that there never were, and must not
make us ask the issuer for each."""
_ANXIOUS_S = 5.0
"""The same while no key at all is known."""
_TIMEOUT_S = 5.0
_SYMMETRIC = "oct"

Fetch = Callable[[], PyJWKSet]
"""Reads the keys; it may block, and is called in a thread."""


class KeySet:
    """Keys by their id; read when first needed, when old, and when one is unknown."""

    __slots__ = ("_fetch", "_keys", "_next", "_now", "_reading", "_stale")

    def __init__(
        self, fetch: Fetch, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: Mapping[str, PyJWK] = {}
        self._next = self._stale = now()
        self._reading: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    async def find(self, kid: str | None) -> PyJWK | None:
        """Return the key *kid*; without a name the only one that there is."""
        key = self._pick(kid)
        if key is not None and self._now() < self._stale:
            return key
        reading = self._read_again()
        if key is None and reading is not None:
            # Many may wait for it: that one of them leaves must not end it.
            await asyncio.wait([reading])
            key = self._pick(kid)
        return key

    def _pick(self, kid: str | None) -> PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid or "")

    def _read_again(self) -> asyncio.Task[None] | None:
        if self._reading is not None and not self._reading.done():
            return self._reading
        if self._now() < self._next:
            return None
        self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> None:
        try:
            found = await asyncio.to_thread(self._fetch)
        except (PyJWTError, OSError, ValueError) as error:
            _log.warning("keeping %d keys for tokens: %s", len(self._keys), error)
        except Exception:  # noqa: BLE001 - logged, and the keys stay
            # Such as a key that no library has thought of; never a storm of readings.
            _log.exception("bug in reading keys, keeping %d", len(self._keys))
        else:
            self._keys = _usable(found)
            self._stale = self._now() + _FRESH_S
        self._next = self._now() + (_PAUSE_S if self._keys else _ANXIOUS_S)


def of_file(path: Path) -> Fetch:
    """Return how to read the key file *path*."""

    def fetch() -> PyJWKSet:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise PyJWKSetError(f"{path} is not a JSON object")
        return PyJWKSet.from_dict(found)

    return fetch


def of_https(url: str, context: ssl.SSLContext | None = None) -> Fetch:
    """Return how to ask the issuer, without following redirects."""
    client = PyJWKClient(
        url, cache_jwk_set=False, timeout=_TIMEOUT_S, ssl_context=context
    )
    return client.get_jwk_set


def _usable(found: PyJWKSet) -> dict[str, PyJWK]:
    # A secret in a public file is none.
    return {
        key.key_id or "": key
        for key in found.keys
        if key.public_key_use in (None, "sig") and key.key_type != _SYMMETRIC
    }
