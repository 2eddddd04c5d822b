"""Who calls, and whether they may: keys, tokens and the rules of the policy."""

import re
from collections.abc import Mapping

from services.gateway.exchange import Request
from services.gateway.failure import Failure, invalid
from services.gateway.guard.identity import (
    API_KEY,
    BEARER,
    Identity,
    denied,
    unauthenticated,
)
from services.gateway.guard.keys import ApiKeys
from services.gateway.guard.tokens import Tokens
from services.gateway.policy import policy as rules
from services.gateway.policy.pattern import most_exact

_OPEN = rules.Access(methods="*")
_IN_QUERY = re.compile(
    r"(?:^|&)(x[_-]api[_-]key|api[_-]?key|access_token)=", re.IGNORECASE
)


class Access:
    """Finds out who calls, and whether they may.

    A wrong credential is refused even where anyone may call: its owner learns of
    the mistake at the first call, not when a rule changes. A kind that the policy
    does not know at all is left alone; it may be meant for a backend.

    Args:
        policy: With keys, issuers and rules.
        env: Holds the secrets that the policy names.
    """

    __slots__ = ("_asks", "_console", "_keys", "_of", "_rules", "_tokens")

    def __init__(self, policy: rules.Policy, env: Mapping[str, str]) -> None:
        self._keys = ApiKeys(policy.keys)
        self._tokens = Tokens(policy.jwt, env)
        self._rules = {rule.methods: rule for rule in policy.access}
        self._console = rules.Access(
            methods="*", allow=policy.console_access, scopes=policy.console_scopes
        )
        self._of: dict[str, rules.Access] = {}
        closed = (*policy.access, self._console)
        self._asks = bool(policy.keys or policy.jwt) or any(
            "anyone" not in rule.allow for rule in closed
        )

    @property
    def open(self) -> bool:
        """Whether nobody is ever asked who they are."""
        return not self._asks

    async def admit(self, selector: str, request: Request) -> None:
        """Set the principal of *request*, which calls a method that there is.

        Args:
            selector: Its full name, such as rpc.Rpc.GetChampion.
            request: Its principal is set where a credential says who calls.

        Raises:
            Failure: UNAUTHENTICATED or PERMISSION_DENIED; or INVALID_ARGUMENT for
                a credential in the query, which ends up in logs.
        """
        if not self._asks:
            return
        rule = self._of.get(selector)
        if rule is None:
            pattern = most_exact(self._rules, selector)
            rule = self._of[selector] = self._rules[pattern] if pattern else _OPEN
        await self._admit(selector, rule, request)

    async def admit_to_console(self, request: Request) -> None:
        """Do the same for what the console shows besides methods."""
        if self._asks:
            await self._admit("the console", self._console, request)

    async def _admit(self, what: str, rule: rules.Access, request: Request) -> None:
        if request.query:
            _refuse_in_query(request.query)
        known = await self._identities(request)
        fitting = [one for one in known if one.kind in rule.allow]
        if "anyone" in rule.allow:
            fitting = known
        elif not fitting:
            raise self._nobody(what, rule)
        good = [one for one in fitting if rule.scopes <= one.scopes]
        if fitting and not good:
            [first, *_] = fitting
            lacks = rule.scopes - first.scopes
            raise denied(what, lacks, token=first.kind == "jwt")
        request.principal = good[0].principal if good else ""

    async def _identities(self, request: Request) -> list[Identity]:
        found = []
        key = request.headers.get("x-api-key")
        if key is not None and self._keys:
            found.append(self._keys.check(key))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self._tokens and scheme.lower() == "bearer":
            found.append(await self._tokens.check(token.strip()))
        return found

    def _nobody(self, what: str, rule: rules.Access) -> Failure:
        ways = {
            "key": ("a key in the header x-api-key", API_KEY),
            "jwt": ("a token in the header Authorization: Bearer", BEARER),
        }
        open_ways = [way for kind, way in ways.items() if kind in rule.allow]
        needs = " or ".join(text for text, _ in open_ways)
        return unauthenticated(
            "CREDENTIALS_MISSING",
            f"{what} needs {needs}",
            [challenge for _, challenge in open_ways],
        )


def _refuse_in_query(query: str) -> None:
    found = _IN_QUERY.search(query)
    if found is None:
        return
    advice = "a header: x-api-key, or Authorization: Bearer; addresses end up in logs"
    raise invalid(found[1], "in the query", f"{advice}, so replace what you have sent")
