"""JSON Web Tokens: the header Authorization: Bearer."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt
from jwt import PyJWK

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.guard.badtoken import HOSTILE, NEEDED, bad_token, refused
from services.gateway.guard.identity import Identity
from services.gateway.guard.jwks import KeySet, of_file, of_https
from services.gateway.guard.seen import Seen
from services.gateway.policy.policy import Jwt

_MOST_CHARACTERS = 8192
_MOST_SUBJECT = 256


class Tokens:
    """The issuers of the policy."""

    __slots__ = ("_issuers", "_seen", "_several")

    def __init__(
        self,
        issuers: Sequence[Jwt],
        env: Mapping[str, str],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._seen = Seen(now)
        self._issuers = [(issuer, _source(issuer, env)) for issuer in issuers]
        self._several = len({issuer.issuer for issuer in issuers}) > 1

    def __len__(self) -> int:
        return len(self._issuers)

    async def check(self, token: str) -> Identity:
        """Return whose token it is.

        Raises:
            Failure: UNAUTHENTICATED; the token is not good. UNAVAILABLE; the keys
                of its issuer have never been reached, so nobody can say.
        """
        known = self._seen.find(token)
        if known is not None:
            return known
        head, claims = _peek(token)
        error: Exception = jwt.InvalidIssuerError()
        for issuer, source in self._issuers:
            if issuer.issuer != claims.get("iss"):
                continue
            key = await _key(source, head)
            try:
                checked = _verified(token, issuer, key)
                identity = self._identity(issuer, checked)
            except HOSTILE as wrong:
                error = wrong
            else:
                self._seen.keep(token, identity, int(checked["exp"]))
                return identity
        raise refused(error) from error

    def _identity(self, issuer: Jwt, claims: Mapping[str, Any]) -> Identity:
        subject = claims["sub"]
        # It goes into logs, and counts calls.
        if not subject.isprintable() or len(subject) > _MOST_SUBJECT:
            raise jwt.DecodeError("sub")
        # Two issuers may call different people the same.
        where = f"{issuer.issuer}#" if self._several else ""
        return Identity("jwt", f"jwt:{where}{subject}", _scopes(claims))


def _source(issuer: Jwt, env: Mapping[str, str]) -> KeySet | str:
    if issuer.secret_env:
        return env[issuer.secret_env]
    if issuer.jwks.startswith("https://"):
        return KeySet(of_https(issuer.jwks))
    return KeySet(of_file(Path(issuer.jwks)))


def _peek(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return head and claims, which anybody may have written."""
    if len(token) > _MOST_CHARACTERS:
        raise refused(jwt.DecodeError())
    try:
        read = jwt.decode_complete(token, options={"verify_signature": False})
    except HOSTILE as error:
        raise refused(error) from error
    return read["header"], read["payload"]


async def _key(source: KeySet | str, head: Mapping[str, Any]) -> PyJWK | str:
    if isinstance(source, str):
        return source
    kid = head.get("kid")
    key = await source.find(kid if isinstance(kid, str) else None)
    if key is not None:
        return key
    if not source:
        raise Failure(Status.UNAVAILABLE, "tokens cannot be checked at the moment")
    text = "the token is signed with a key that its issuer does not name"
    raise bad_token(text)


def _verified(token: str, issuer: Jwt, key: PyJWK | str) -> dict[str, Any]:
    return jwt.decode(
        token,
        key,
        algorithms=list(issuer.algorithms),
        audience=issuer.audience,
        issuer=issuer.issuer,
        leeway=issuer.leeway_s,
        options={"require": NEEDED, "enforce_minimum_key_length": True},
    )


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    found: set[str] = set()
    for name in ("scope", "scp"):
        given = claims.get(name)
        words = given.split() if isinstance(given, str) else given
        if isinstance(words, list):
            found.update(word for word in words if isinstance(word, str))
    return frozenset(found)
