"""[keys] and [[access]]: who may call what."""

import re
from collections.abc import Iterable, Sequence

from fleet.table import Table
from services.gateway.policy import read
from services.gateway.policy.limits import methods, once
from services.gateway.policy.policy import Access, Jwt, Key

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
"""RFC 6749, 3.3."""
_MAKE = (
    "python3 -c 'import hashlib, secrets; key = secrets.token_urlsafe(32);"
    " print(key, hashlib.sha256(key.encode()).hexdigest())'"
)
_WHO = ("anyone", "key", "jwt")


def keys(table: Table) -> tuple[Key, ...]:
    """Read [keys.NAME]."""
    found = tuple(_key(table.table(name), name) for name in table.names())
    digests = [key.sha256 for key in found if key.sha256]
    same = sorted(key.name for key in found if digests.count(key.sha256) > 1)
    table.require(not same, f"{', '.join(same)} have the same sha256")
    return found


def access(
    root: Table, known: Sequence[Key], takes: Sequence[Jwt]
) -> tuple[Access, ...]:
    """Read [[access]]."""
    found = tuple(_access(rule, known, takes) for rule in read.tables(root, "access"))
    once(root, "access", [rule.methods for rule in found])
    return found


def allowed(
    table: Table, key: str, known: Sequence[Key], takes: Sequence[Jwt]
) -> frozenset[str]:
    """Read who may: some of anyone, key and jwt."""
    found = read.choices(table, key, _WHO, ("anyone",))
    nobody = f"{key} has {{0}}, and there is no {{1}}: nobody could ever call"
    table.require(
        "key" not in found or bool(known), nobody.format("key", "[keys.NAME]")
    )
    table.require("jwt" not in found or bool(takes), nobody.format("jwt", "[[jwt]]"))
    return found


def _key(table: Table, name: str) -> Key:
    fine = _NAME.fullmatch(name) is not None
    table.require(fine, "the name is not of A-Z, a-z, 0-9, _, . and -, at most 64")
    # Not shown: it may well be the key itself.
    given = table.values.get("sha256")
    digest = given.lower() if isinstance(given, str) else ""
    hexadecimal = _SHA256.fullmatch(digest) is not None
    table.require(hexadecimal, f"sha256 is not 64 hex digits; make a key: {_MAKE}")
    table.asked.add("sha256")
    key = Key(
        name=name, sha256=digest if hexadecimal else "", scopes=_scopes(table, "scopes")
    )
    table.nothing_else()
    return key


def _access(table: Table, known: Sequence[Key], takes: Sequence[Jwt]) -> Access:
    rule = Access(
        methods=methods(table),
        allow=allowed(table, "allow", known, takes),
        scopes=_scopes(table, "scopes"),
    )
    table.nothing_else()
    _obtainable(table, rule, known)
    return rule


def console(root: Table, known: Sequence[Key], takes: Sequence[Jwt]) -> Access:
    """Read who may see what the console shows."""
    rule = Access(
        methods="*",
        allow=allowed(root, "console_access", known, takes),
        scopes=_scopes(root, "console_scopes"),
    )
    _obtainable(root, rule, known)
    return rule


def _obtainable(table: Table, rule: Access, known: Sequence[Key]) -> None:
    anyone = "anyone" in rule.allow and bool(rule.scopes)
    table.require(
        not anyone, "scopes are needed, and anyone has none; allow key or jwt"
    )
    if "jwt" not in rule.allow:
        _grantable(table, rule.scopes, known)


def _grantable(table: Table, scopes: Iterable[str], known: Sequence[Key]) -> None:
    granted = frozenset[str]().union(*(key.scopes for key in known))
    for scope in sorted(frozenset(scopes) - granted):
        table.require(holds=False, problem=f"scopes: no key has {scope!r}")


def _scopes(table: Table, key: str) -> frozenset[str]:
    found = read.strings(table, key)
    for scope in found:
        fine = _SCOPE.fullmatch(scope) is not None
        table.require(fine, f'{key}: {scope!r} has a space, " or \\, or is too long')
    return frozenset(found)
