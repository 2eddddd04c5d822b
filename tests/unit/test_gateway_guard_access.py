"""Who calls, and whether they may: keys, tokens, rules, and forgeries."""

import base64
import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import Status
from services.gateway.exchange import Request
from services.gateway.failure import Failure
from services.gateway.guard.access import Access
from services.gateway.guard.identity import Identity
from services.gateway.guard.seen import Seen
from services.gateway.guard.tokens import Tokens
from services.gateway.policy.policy import Access as Rule
from services.gateway.policy.policy import Jwt, Key, Policy
from tests.support.asked import asked

READ, WRITE, ERASE = "rpc.Rpc.GetChampion", "rpc.Rpc.UpdateScore", "rpc.Rpc.EraseUser"
ISSUER = "https://id.example"
SECRET = "s" * 32
SIGNER = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
NAMED = "SECRET"
SHARED = Jwt(issuer=ISSUER, audience="game", algorithms=("HS256",), secret_env=NAMED)


def key(name: str, *scopes: str) -> Key:
    digest = hashlib.sha256(f"{name}'s key".encode()).hexdigest()
    return Key(name=name, sha256=digest, scopes=frozenset(scopes))


RULES = (
    Rule(
        methods=WRITE,
        allow=frozenset({"key", "jwt"}),
        scopes=frozenset({"scores.write"}),
    ),
    Rule(methods=ERASE, allow=frozenset({"jwt"})),
)
POLICY = Policy(
    keys=(key("partner", "scores.write"), key("guest")),
    jwt=(SHARED,),
    access=RULES,
    console_access=frozenset({"key"}),
)


def claims(**more: object) -> dict[str, object]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": "game", "sub": "ada", "exp": now + 86400, **more}


def signed(secret: Any = SECRET, algorithm: str = "HS256", **more: object) -> str:  # noqa: ANN401 - any key
    kid = more.pop("kid", None)
    given = {name: value for name, value in claims(**more).items() if value is not None}
    head = {"kid": kid} if kid is not None else {}
    return jwt.encode(given, secret, algorithm, headers=head)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def admitted(
    selector: str, request: Request, policy: Policy = POLICY
) -> str | Failure:
    """Return the principal, or why not."""
    try:
        await Access(policy, {"SECRET": SECRET}).admit(selector, request)
    except Failure as failure:
        return failure
    return request.principal


PARTNER, GUEST = {"x-api-key": "partner's key"}, {"x-api-key": "guest's key"}


@pytest.mark.parametrize(
    ("selector", "headers", "principal"),
    [
        pytest.param(READ, {}, "", id="anyone"),
        pytest.param(READ, PARTNER, "key:partner", id="anyone-who-says-who"),
        pytest.param(READ, {"authorization": "Basic YTpi"}, "", id="not-ours"),
        pytest.param(WRITE, PARTNER, "key:partner", id="key"),
        pytest.param(
            WRITE, bearer(signed(scope="a scores.write")), "jwt:ada", id="jwt"
        ),
        pytest.param(WRITE, bearer(signed(scp=["scores.write"])), "jwt:ada", id="scp"),
        pytest.param(
            WRITE, bearer(signed(scp="scores.write")), "jwt:ada", id="scp-text"
        ),
        pytest.param(ERASE, bearer(signed()), "jwt:ada", id="no-scope-needed"),
        pytest.param(
            ERASE, {"authorization": f"bEARER  {signed()}"}, "jwt:ada", id="spelling"
        ),
        pytest.param(ERASE, {**PARTNER, **bearer(signed())}, "jwt:ada", id="both"),
        pytest.param(WRITE, {**PARTNER, **bearer(signed())}, "key:partner", id="fits"),
    ],
)
async def test_lets_in(selector: str, headers: dict[str, str], principal: str) -> None:
    assert await admitted(selector, asked(headers)) == principal


@pytest.mark.parametrize(
    ("selector", "headers", "status", "text"),
    [
        pytest.param(WRITE, {}, 401, "x-api-key or a token", id="nobody"),
        pytest.param(ERASE, PARTNER, 401, "Authorization: Bearer", id="wrong-kind"),
        pytest.param(READ, {"x-api-key": "x"}, 401, "not known", id="key-where-anyone"),
        pytest.param(READ, {"x-api-key": ""}, 401, "not known", id="empty-key"),
        pytest.param(
            READ, {"x-api-key": "guest's key, partner's key"}, 401, "not", id="two-keys"
        ),
        pytest.param(READ, {"x-api-key": "\xff\ud800"}, 401, "not", id="odd-key"),
        pytest.param(READ, {**PARTNER, **bearer("x")}, 401, "malformed", id="one-bad"),
        pytest.param(WRITE, GUEST, 403, "scores.write", id="key-scope"),
        pytest.param(WRITE, bearer(signed()), 403, "scores.write", id="jwt-scope"),
        pytest.param(
            WRITE, bearer(signed(scope=7, scp=[7])), 403, "scores.write", id="odd-scope"
        ),
    ],
)
async def test_keeps_out(
    selector: str, headers: dict[str, str], status: int, text: str
) -> None:
    failure = await admitted(selector, asked(headers))

    assert isinstance(failure, Failure)
    assert (failure.http, text in failure.message) == (status, True), failure


@pytest.mark.parametrize(
    ("token", "text"),
    [
        pytest.param(signed(exp=int(time.time()) - 60), "has expired", id="expired"),
        pytest.param(signed(nbf=int(time.time()) + 43200), "not valid yet", id="early"),
        pytest.param(signed(aud="other"), "another audience", id="audience"),
        pytest.param(signed(iss="other"), "an issuer that is", id="issuer"),
        pytest.param(signed(exp=None), "needs the claims", id="no-exp"),
        pytest.param(signed(aud=None), "needs the claims", id="no-aud"),
        pytest.param(signed(sub=None), "needs the claims", id="no-sub"),
        pytest.param(signed(iss=None), "an issuer that is", id="no-iss"),
        pytest.param(signed("t" * 32), "signature", id="secret"),
        pytest.param(signed(SIGNER, "RS256"), "signed in a way", id="algorithm"),
        pytest.param(signed("", "none"), "signed in a way", id="none"),
        pytest.param(signed(sub="a\nb"), "malformed", id="lines"),
        pytest.param(signed(sub="a" * 257), "malformed", id="long-sub"),
        pytest.param(signed(sub="\ud800"), "malformed", id="surrogate"),
        pytest.param(signed() + "x", "", id="longer"),
        pytest.param("a" * 9000, "malformed", id="endless"),
        pytest.param("", "malformed", id="empty"),
        pytest.param("..", "malformed", id="dots"),
        pytest.param("\xff.\xff.\xff", "malformed", id="not-ascii"),
        pytest.param(f"{signed()}, {signed()}", "malformed", id="two"),
    ],
)
async def test_refuses_a_bad_token_even_where_anyone_may(token: str, text: str) -> None:
    failure = await admitted(READ, asked(bearer(token)))

    assert isinstance(failure, Failure)
    assert failure.status is Status.UNAUTHENTICATED
    assert text in failure.message
    challenge = dict(failure.headers)[b"www-authenticate"]
    assert b'error="invalid_token"' in challenge
    assert not token or token not in failure.message + challenge.decode()


def _made(payload: str) -> str:
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT"}')
    body = head + b"." + jwt.utils.base64url_encode(payload.encode())
    algorithm = jwt.get_algorithm_by_name("HS256")
    mark = algorithm.sign(body, algorithm.prepare_key(SECRET))
    return (body + b"." + jwt.utils.base64url_encode(mark)).decode()


ODD = ["1e400", "NaN", "[1]", "{}", "null", "true", '"x"', "9" * 400, "[" * 5000]


@pytest.mark.parametrize("value", ODD, ids=lambda value: value[:5])
@pytest.mark.parametrize(
    "name", ["exp", "nbf", "iat", "iss", "aud", "sub", "scope", "jti"]
)
async def test_odd_claims_of_a_real_issuer_are_no_bug(name: str, value: str) -> None:
    given_ = {key: json.dumps(value) for key, value in claims().items()} | {name: value}
    text = ",".join(f'"{key}":{value}' for key, value in given_.items())

    outcome = await admitted(READ, asked(bearer(_made("{" + text + "}"))))

    assert isinstance(outcome, Failure | str)


@given(st.text(max_size=300))
async def test_whatever_stands_in_authorization_is_no_bug(text: str) -> None:
    outcome = await admitted(READ, asked({"authorization": text}))

    assert isinstance(outcome, Failure | str)


@pytest.mark.parametrize(
    "query", ["api_key=a", "x=1&apiKey=a", "access_token=a", "X-Api-Key=a&b=1"]
)
async def test_a_credential_in_the_query_is_refused_with_advice(query: str) -> None:
    failure = await admitted(READ, asked(query=query))

    assert isinstance(failure, Failure)
    assert failure.status is Status.INVALID_ARGUMENT
    assert "x-api-key" in failure.message


@pytest.mark.parametrize(
    "query", ["", "monkey=a", "key=a", "my_api_key=a", "a=api_key="]
)
async def test_another_query_is_left_alone(query: str) -> None:
    assert await admitted(READ, asked(PARTNER, query=query)) == "key:partner"


async def test_the_console_has_a_rule_of_its_own() -> None:
    access = Access(POLICY, {"SECRET": SECRET})
    request = asked(PARTNER)

    await access.admit_to_console(request)

    assert request.principal == "key:partner"
    with pytest.raises(Failure, match="the console needs a key"):
        await access.admit_to_console(asked())


async def test_without_rules_nothing_is_asked() -> None:
    assert await admitted(READ, asked({"x-api-key": "x"}), Policy()) == ""


async def test_a_rule_without_keys_keeps_everybody_out() -> None:
    """The file cannot say it; nothing may open up should somebody build it."""
    closed = Policy(access=(Rule(methods="*", allow=frozenset({"key"})),))

    assert isinstance(await admitted(READ, asked(PARTNER), closed), Failure)


# Public keys


def jwks(folder: Path, **keys: dict[str, object]) -> Jwt:
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": [{"kid": k} | v for k, v in keys.items()]}))
    return Jwt(
        issuer=ISSUER, audience="game", algorithms=("RS256", "ES256"), jwks=str(path)
    )


def public(private: Any, algorithm: str, **more: object) -> dict[str, object]:  # noqa: ANN401 - any key
    written = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key())
    return {**json.loads(written), "alg": algorithm, "use": "sig", **more}


async def checked(issuer: Jwt, token: str) -> str | Failure:
    policy = Policy(
        jwt=(issuer,), access=(Rule(methods="*", allow=frozenset({"jwt"})),)
    )
    return await admitted(READ, asked(bearer(token)), policy)


async def test_takes_tokens_of_the_keys_in_a_file(tmp_path: Path) -> None:
    issuer = jwks(tmp_path, a=public(SIGNER, "RS256"), b=public(CURVE, "ES256"))

    assert await checked(issuer, signed(SIGNER, "RS256", kid="a")) == "jwt:ada"
    assert await checked(issuer, signed(CURVE, "ES256", kid="b")) == "jwt:ada"


async def test_the_only_key_needs_no_name(tmp_path: Path) -> None:
    issuer = jwks(tmp_path, a=public(SIGNER, "RS256"))

    assert await checked(issuer, signed(SIGNER, "RS256")) == "jwt:ada"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(OTHER, "RS256", kid="a"), id="another-key"),
        pytest.param(signed(CURVE, "ES256", kid="a"), id="the-name-of-another-kind"),
        pytest.param(signed(SIGNER, "RS256", kid="b"), id="unknown-name"),
        pytest.param(signed(SIGNER, "RS384", kid="a"), id="algorithm-not-taken"),
        pytest.param(signed("x" * 32, "HS256", kid="a"), id="shared-secret"),
        pytest.param(signed("", "none", kid="a"), id="not-signed"),
        pytest.param(signed("secret" * 9, "HS256", kid="oct"), id="published-secret"),
    ],
)
async def test_refuses_a_forged_token(tmp_path: Path, token: str) -> None:
    text = base64.urlsafe_b64encode(b"secret" * 9).decode()
    published: dict[str, object] = {"kty": "oct", "alg": "HS256", "k": text}
    issuer = jwks(tmp_path, a=public(SIGNER, "RS256"), oct=published)
    everything = replace(issuer, algorithms=("RS256", "ES256", "HS256"))

    for taken in (issuer, everything):
        failure = await checked(taken, token)
        assert isinstance(failure, Failure)
        assert failure.status is Status.UNAUTHENTICATED


async def test_the_public_key_is_no_shared_secret(tmp_path: Path) -> None:
    """CVE-2016-10555 and its kin: HS256 with what everybody can read."""
    issuer = jwks(tmp_path, a=public(SIGNER, "RS256"))
    text = (tmp_path / "keys.json").read_bytes()
    algorithm = jwt.get_algorithm_by_name("HS256")
    head, body, _ = signed("x" * 32, "HS256", kid="a").split(".")
    mark = jwt.utils.base64url_encode(algorithm.sign(f"{head}.{body}".encode(), text))

    failure = await checked(issuer, f"{head}.{body}.{mark.decode()}")

    assert isinstance(failure, Failure)


async def test_keys_that_cannot_be_read_are_nobodys_fault(tmp_path: Path) -> None:
    issuer = replace(SHARED, secret_env="", jwks=str(tmp_path / "none.json"))

    failure = await checked(issuer, signed())

    assert isinstance(failure, Failure)
    assert failure.status is Status.UNAVAILABLE


async def test_two_issuers_do_not_meet() -> None:
    other = replace(SHARED, issuer="https://other.example")
    tokens = Tokens([SHARED, other], {"SECRET": SECRET})

    one = await tokens.check(signed())
    two = await tokens.check(signed(iss="https://other.example"))

    assert one.principal == "jwt:https://id.example#ada"
    assert two.principal == "jwt:https://other.example#ada"


async def test_a_secret_may_be_replaced_while_the_old_one_still_counts() -> None:
    named = "NEW"
    new = replace(SHARED, secret_env=named)
    tokens = Tokens([SHARED, new], {"SECRET": SECRET, named: "n" * 32})

    assert (await tokens.check(signed("n" * 32))).principal == "jwt:ada"
    assert (await tokens.check(signed())).principal == "jwt:ada"


async def test_a_token_that_was_good_is_remembered_until_it_expires() -> None:
    moment = [time.time()]
    tokens = Tokens([SHARED], {"SECRET": SECRET}, now=lambda: moment[0])
    token = signed(exp=int(moment[0]) + 30)

    first = await tokens.check(token)

    assert await tokens.check(token) is first
    moment[0] += 31
    assert await tokens.check(token) is not first


def test_a_token_is_remembered_for_a_minute_at_most() -> None:
    moment = [1000.0]
    seen, ada = Seen(lambda: moment[0]), Identity("jwt", "jwt:ada", frozenset())
    seen.keep("a", ada, 9999.0)

    assert (seen.find("a"), seen.find("b")) == (ada, None)
    moment[0] += 60
    assert seen.find("a") is None


def test_many_tokens_do_not_fill_the_memory() -> None:
    seen, ada = Seen(lambda: 0.0), Identity("jwt", "jwt:ada", frozenset())
    for number in range(10_100):
        seen.keep(str(number), ada, 9.0)

    assert len(seen) == 10_000
    assert seen.find("10099") is ada
