"""gateway.toml: what is read, and every mistake at once."""

import hashlib
import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from fleet.errors import BadConfig
from services.gateway.policy.load import load
from services.gateway.policy.pattern import absent, most_exact, strangers
from services.gateway.policy.policy import Limits, Policy, StreamPolicy
from services.gateway.settings import POLICY as FILE

SHA = hashlib.sha256(b"a key").hexdigest()
KEY = f'[keys.partner]\nsha256 = "{SHA}"\nscopes = ["scores.write"]\n'
JWT = '[[jwt]]\nissuer = "https://id.example"\naudience = "game"\n'
HTTPS = JWT + 'jwks = "https://id.example/keys"\n'
ENV = {"SECRET": "s" * 32, "SHORT": "s" * 31}


def read(folder: Path, text: str) -> Policy:
    path = folder / "gateway.toml"
    path.write_text(text)
    return load(path, ENV)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(BadConfig) as caught:
        read(folder, text)
    return caught.value.problems


def test_an_empty_file_is_everything_open(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Policy()


def test_the_file_of_the_project_is_the_defaults_and_the_watch() -> None:
    watch = {"rpc.Rpc.WatchRanking": StreamPolicy(resume="resume_token", shared=True)}

    assert load(FILE, {}) == Policy(streams=watch)


def test_the_examples_in_the_file_of_the_project_are_good(tmp_path: Path) -> None:
    """A comment that is a setting can be switched on as it stands."""
    setting = re.compile(r'^# (?=\[|[a-z_0-9]+ = |"rpc)', re.MULTILINE)
    text = setting.sub("", FILE.read_text()).replace(
        'sha256 = "..."', f'sha256="{SHA}"'
    )
    jwks = re.search(r"^algorithms.*\njwks.*\n", text, re.MULTILINE)
    assert jwks is not None
    shared = text.replace(jwks[0], "")
    text = text.replace('secret_env = "JWT_SECRET"', "")
    # What has to stand before every table.
    proxies = re.search(r"^trusted_proxies.*\n", text, re.MULTILINE)
    assert proxies is not None

    policy = read(tmp_path, text)

    assert policy.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert (len(policy.rates), len(policy.access), len(policy.cache_s)) == (2, 2, 2)
    assert policy.metadata.response == {"x-served-by"}
    assert policy.cors.origins == {"https://game.example"}
    assert (policy.keys[0].sha256, policy.jwt[0].algorithms) == (SHA, ("RS256",))
    path = tmp_path / "shared.toml"
    path.write_text(shared)
    [jwt] = load(path, {"JWT_SECRET": "s" * 32}).jwt
    assert jwt.algorithms == ("HS256",)


def test_limits_may_be_whole_or_not(tmp_path: Path) -> None:
    policy = read(tmp_path, "[limits]\nbody_bytes = 2048\ntimeout_s = 0.5\n")

    assert policy.limits == Limits(body_bytes=2048, timeout_s=0.5)


def test_a_key_file_is_looked_for_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")

    [jwt] = read(tmp_path, JWT + 'jwks = "keys.json"').jwt

    assert jwt.jwks == str(tmp_path / "keys.json")


def test_a_shared_secret_means_hs256(tmp_path: Path) -> None:
    [jwt] = read(tmp_path, JWT + 'secret_env = "SECRET"').jwt

    assert (jwt.algorithms, jwt.secret_env) == (("HS256",), "SECRET")


def test_allow_may_be_one_word(tmp_path: Path) -> None:
    [rule] = read(tmp_path, KEY + '[[access]]\nmethods = "*"\nallow = "key"').access

    assert rule.allow == {"key"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("[limits\n", "at line", id="not-toml"),
        pytest.param("limit = 1", "did you mean limits?", id="unknown"),
        pytest.param("[limits]\nbody_byte = 1", "did you mean body_bytes?", id="near"),
        pytest.param("[limits]\nstreams = -1", "streams = -1", id="negative"),
        pytest.param("[limits]\nstreams = 1.5", "streams = 1.5", id="half"),
        pytest.param("[limits]\ntimeout_s = 0", "timeout_s = 0", id="no-time"),
        pytest.param("[limits]\ntimeout_s = nan", "timeout_s = nan", id="nan"),
        pytest.param("[limits]\ntimeout_s = true", "timeout_s = True", id="true"),
        pytest.param("[limits]\ntimeout_s = '10'", "timeout_s = '10'", id="text"),
        pytest.param("[limits]\ntimeout_s = 61", "above most_timeout_s", id="above"),
        pytest.param("console = 1", "console = 1 is not true or false", id="switch"),
        pytest.param("trusted_proxies = ['10.0.0.1/8']", "host bits", id="host-bits"),
        pytest.param("trusted_proxies = ['0.0.0.0/0']", "is everyone", id="everyone"),
        pytest.param("trusted_proxies = '10.0.0.0/8'", "not a list", id="no-list"),
        pytest.param("trusted_proxies = 0", "not a list", id="falsy-no-list"),
        # CORS
        pytest.param(
            "[cors]\norigins = ['*']\ncredentials = true", "every site", id="cors-all"
        ),
        pytest.param(
            "[cors]\norigins = ['*', 'https://a']", "keep one", id="cors-both"
        ),
        pytest.param("[cors]\norigins = ['https://a/']", "no path", id="cors-path"),
        pytest.param("[cors]\norigins = ['null']", "not an origin", id="cors-null"),
        pytest.param("[cors]\norigins = ['https://A.b']", "lower case", id="cors-case"),
        pytest.param("[cors]\nheaders = ['a b']", "header's name", id="cors-header"),
        # Metadata
        pytest.param("[metadata]\nrequest = ['X-A']", "lower case", id="upper"),
        pytest.param("[metadata]\nrequest = ['host']", "the protocol", id="host"),
        pytest.param("[metadata]\nrequest = ['grpc-x']", "the protocol", id="grpc"),
        pytest.param("[metadata]\nresponse = ['te']", "the protocol", id="hop"),
        pytest.param("[metadata]\nresponse = ['set-cookie']", "protocol", id="cookie"),
        # Keys
        pytest.param("[keys.a]\nsha256 = 'abc'", "hexdigest()", id="no-hash"),
        pytest.param("[keys.a]", "hexdigest()", id="no-hash-at-all"),
        pytest.param("[keys.a]\nsha256 = 1", "hexdigest()", id="hash-a-number"),
        pytest.param("[keys.'a b']\n" + KEY[15:], "the name is not", id="key-name"),
        pytest.param(KEY + KEY.replace("partner", "b"), "same sha256", id="twice"),
        pytest.param("[keys]\na = 1", "a is not a table", id="no-key"),
        pytest.param(KEY.replace("scores.", "scores "), "has a space", id="scope"),
        # Tokens
        pytest.param("[jwt]\nissuer = 'x'", "write [[jwt]]", id="one-jwt"),
        pytest.param(JWT, "either jwks", id="no-keys"),
        pytest.param(HTTPS + "secret_env = 'SECRET'", "either jwks", id="both"),
        pytest.param(HTTPS.replace("audience", "#"), "audience is missing", id="aud"),
        pytest.param(HTTPS.replace("issuer", "#"), "issuer is missing", id="iss"),
        pytest.param(HTTPS + "algorithms = ['none']", "nobody has signed", id="none"),
        pytest.param(HTTPS + "algorithms = ['HS256']", "be the secret", id="confusion"),
        pytest.param(HTTPS + "algorithms = ['RS257']", "did you mean RS256?", id="alg"),
        pytest.param(HTTPS + "algorithms = []", "is not a list like", id="no-alg"),
        pytest.param(HTTPS + "leeway_s = 3600", "leeway_s = 3600", id="leeway"),
        pytest.param(JWT + "jwks = 'http://id.example'", "not https", id="http"),
        pytest.param(JWT + "jwks = 'https://'", "has no host", id="no-host"),
        pytest.param(JWT + "jwks = 'none.json'", "no such file", id="no-file"),
        pytest.param(JWT + "secret_env = 'NONE'", "is not set", id="no-secret"),
        pytest.param(
            JWT + "secret_env = 'SHORT'", "31 bytes, needed are 32", id="short"
        ),
        pytest.param(
            JWT + "secret_env = 'SECRET'\nalgorithms = ['HS512']",
            "needed are 64",
            id="short-for-512",
        ),
        pytest.param(
            JWT + "secret_env = 'SECRET'\nalgorithms = ['RS256']",
            "a shared secret",
            id="rs-with-secret",
        ),
        # Access
        pytest.param("[[access]]\nallow = 'anyone'", "methods is missing", id="for"),
        pytest.param(
            "[[access]]\nmethods = 'rpc.Rpc/Get'", "write 'rpc.Rpc.Get'", id="slash"
        ),
        pytest.param("[[access]]\nmethods = 'rpc.R*'", "not a method", id="half-name"),
        pytest.param(
            "[[access]]\nmethods = '*'\nallow = 'jwt'", "no [[jwt]]", id="jwt"
        ),
        pytest.param(
            "[[access]]\nmethods = '*'\nallow = 'key'", "[keys", id="no-key-2"
        ),
        pytest.param("[[access]]\nmethods = '*'\nallow = []", "list like", id="nobody"),
        pytest.param(
            KEY + "[[access]]\nmethods = '*'\nallow = 'keys'",
            "did you mean key?",
            id="allow",
        ),
        pytest.param(
            "[[access]]\nmethods = '*'\nscopes = ['a']", "anyone has none", id="open"
        ),
        pytest.param(
            KEY + "[[access]]\nmethods = '*'\nallow = 'key'\nscopes = ['score.write']",
            "no key has 'score.write'",
            id="no-such-scope",
        ),
        pytest.param(
            "[[access]]\nmethods = '*'\n[[access]]\nmethods = '*'",
            "more than once",
            id="two-rules",
        ),
        pytest.param("console_access = ['key']", "no [keys", id="console"),
        # Rates, cache, streams
        pytest.param("[[rates]]\nmethods = '*'", "per_minute = None", id="no-rate"),
        pytest.param(
            "[[rates]]\nmethods = '*'\nper_minute = 0", "per_minute = 0", id="rate-0"
        ),
        pytest.param(
            "[[rates]]\nmethods = '*'\nper_minute = 1\nburst = 0", "burst", id="burst-0"
        ),
        pytest.param("[cache]\n'*' = 0", "* = 0", id="cache-0"),
        pytest.param("[cache]\n'*' = '50ms'", "'50ms' is not a number", id="cache-ms"),
        pytest.param("[cache]\n'a b' = 1", "not a method pattern", id="cache-name"),
        pytest.param("[streams.'*']", "is not a method", id="stream-pattern"),
        pytest.param("[streams.'a.B']\nresume = 'a.b'", "name of a field", id="field"),
        pytest.param("[streams.'a.B']\nshare = true", "mean shared?", id="stream-near"),
    ],
)
def test_tells_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in told for told in problems(tmp_path, text))


def test_tells_every_mistake_at_once(tmp_path: Path) -> None:
    text = "consol = true\n[limits]\nstreams = 0\n[cors]\norigins = ['x']\n[keys.a]\n"

    assert len(problems(tmp_path, text)) == 4


def test_never_shows_what_may_be_a_key(tmp_path: Path) -> None:
    text = "[keys.a]\nsha256 = 'hunter2'\n[keys.b]\nkey = 'hunter2'\n"

    assert "hunter2" not in "".join(problems(tmp_path, text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no such file"):
        load(tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    ("patterns", "selector", "expected"),
    [
        pytest.param(["*", "a.B.*", "a.B.C"], "a.B.C", "a.B.C", id="exact"),
        pytest.param(["*", "a.B.*", "a.*"], "a.B.C", "a.B.*", id="service"),
        pytest.param(["*", "a.*"], "a.B.C", "a.*", id="package"),
        pytest.param(["*"], "a.B.C", "*", id="all"),
        pytest.param(["a.B.*"], "a.Bc.D", None, id="no-prefix-of-a-word"),
        pytest.param([], "a.B.C", None, id="none"),
    ],
)
def test_the_most_exact_pattern_counts(
    patterns: list[str], selector: str, expected: str | None
) -> None:
    assert most_exact(patterns, selector) == expected
    assert most_exact(reversed(patterns), selector) == expected


def test_a_pattern_for_no_method_is_found(tmp_path: Path) -> None:
    text = (
        KEY + "[[access]]\nmethods = 'rpc.Rpc.Updatescore'\nallow = 'key'\n"
        "[[rates]]\nmethods = 'rpc.Rpc.*'\nper_minute = 1\n"
        "[cache]\n'x.Y.*' = 1\n[streams.'rpc.Rpc.UpdateScore']\n"
    )

    near = "rpc.Rpc.UpdateScore"

    policy, served = read(tmp_path, text), ["rpc.Rpc.UpdateScore"]

    assert strangers(policy, served) == [
        f"[access] rpc.Rpc.Updatescore names no method; did you mean {near}?",
    ]
    assert absent(policy, served)[1:] == ["[cache] x.Y.* names nothing that is served"]


def test_a_secret_is_not_in_a_variable_of_ours(tmp_path: Path) -> None:
    text = "[[jwt]]\nissuer = 'i'\naudience = 'a'\nsecret_env = 'GATEWAY_JWT'\n"
    with pytest.raises(BadConfig, match="GATEWAY_JWT begins as our own settings do"):
        read(tmp_path, text)


def test_the_console_may_need_a_scope(tmp_path: Path) -> None:
    text = "console_access = 'key'\nconsole_scopes = ['operator']\n"
    with pytest.raises(BadConfig, match="operator"):
        read(tmp_path, text + KEY)
    with pytest.raises(BadConfig, match="anyone has none"):
        read(tmp_path, "console_scopes = ['operator']\n" + KEY)
