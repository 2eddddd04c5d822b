"""[[jwt]]: whose tokens are taken."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from fleet.table import Table
from services.gateway.policy import read
from services.gateway.policy.policy import Jwt

_ASYMMETRIC = (
    *(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)),
    "EdDSA",
)
_SHARED = {"HS256": 32, "HS384": 48, "HS512": 64}
"""And the least bytes of their secrets, RFC 7518, 3.2: whoever has a token can try
secrets until one fits."""
_OURS = ("FLEET_", "GATEWAY_")
"""Beginnings of variables of which each has to be a setting."""
_MOST_LEEWAY_S = 300.0


def tokens(root: Table, folder: Path, env: Mapping[str, str]) -> tuple[Jwt, ...]:
    """Read [[jwt]]; a key file's path is relative to *folder*."""
    return tuple(_token(table, folder, env) for table in read.tables(root, "jwt"))


def _token(table: Table, folder: Path, env: Mapping[str, str]) -> Jwt:
    secret = table.text("secret_env") or ""
    jwks = table.text("jwks") or ""
    table.require(
        bool(secret) != bool(jwks),
        'give either jwks (a file, or https://...) or secret_env ("JWT_SECRET")',
    )
    token = Jwt(
        issuer=read.needed(table, "issuer", "https://id.example"),
        audience=read.needed(table, "audience", "game"),
        algorithms=_algorithms(table, shared=bool(secret)),
        jwks=_place(table, jwks, folder),
        secret_env=secret,
        leeway_s=read.real(table, "leeway_s", 0, _MOST_LEEWAY_S, default=30.0),
    )
    table.nothing_else()
    _secret(table, token, env)
    return token


def _algorithms(table: Table, *, shared: bool) -> tuple[str, ...]:
    kind = tuple(_SHARED) if shared else _ASYMMETRIC
    if "algorithms" not in table.values:
        table.asked.add("algorithms")
        return kind[:1]
    found = table.words("algorithms")
    for name in found:
        table.require(name in kind, _why(name, kind, shared=shared))
    return found


def _why(name: str, kind: tuple[str, ...], *, shared: bool) -> str:
    text = f"algorithms: {name!r} is not one of {', '.join(kind)}"
    if name.lower() == "none":
        return f"{text}; it would take tokens that nobody has signed"
    if name in _SHARED:
        return f"{text}; with it, the public key would be the secret"
    if shared:
        return f"{text}, which are those of a shared secret"
    near = difflib.get_close_matches(name, kind, n=1)
    return f"{text}; did you mean {near[0]}?" if near else text


def _place(table: Table, jwks: str, folder: Path) -> str:
    if not jwks or jwks.startswith("https://"):
        fine = not jwks or bool(urlsplit(jwks).hostname)
        table.require(fine, f"jwks = {jwks!r} has no host")
        return jwks
    address = "://" in jwks
    table.require(not address, f"jwks = {jwks!r} is not https://... and not a file")
    path = folder / jwks
    table.require(address or path.is_file(), f"jwks = {jwks!r}: there is no such file")
    return str(path)


def _secret(table: Table, token: Jwt, env: Mapping[str, str]) -> None:
    name = token.secret_env
    if not name:
        return
    ours = name.startswith(_OURS)
    table.require(not ours, f"secret_env: {name} begins as our own settings do")
    given = len(env.get(name, "").encode())
    table.require(given > 0, f"secret_env: the variable {name!r} is not set")
    least = max(_SHARED.get(algorithm, 0) for algorithm in token.algorithms or [""])
    short = f"secret_env: {name} has {given} bytes, needed are {least}"
    table.require(given == 0 or given >= least, short)
