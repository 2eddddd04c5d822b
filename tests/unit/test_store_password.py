"""A password that comes beside its address, and is never shown."""

import pytest

from fleet.errors import BadConfig
from fleet.settings import from_env
from ranking.errors import BadStore
from ranking.store.open import open_store
from ranking.store.parse import parse
from ranking.store.password import with_password
from services.champion.settings import ChampionSettings
from services.gateway.settings import GatewaySettings

SECRET = "hunter2-and-more"  # noqa: S105 - nobody's
CLUSTER = "rediss+cluster://fleet@cache.example:6379"
EACH = pytest.mark.parametrize(
    ("kind", "prefix"),
    [(ChampionSettings, "CHAMPION_"), (GatewaySettings, "GATEWAY_")],
)


@pytest.mark.parametrize(
    ("address", "user"),
    [
        (CLUSTER, "fleet"),
        ("redis://cache.example", None),
        ("unix://ada@/run/redis.sock", "ada"),
        ("redis+sentinel://ada@one,two/mymaster?sentinel_password=other", "ada"),
    ],
)
def test_is_added_to_the_login_of_the_address(address: str, user: str | None) -> None:
    made = with_password(parse(address), SECRET)

    assert (made.login.user, made.login.password) == (user, SECRET)
    assert made.sentinel_login == parse(address).sentinel_login
    assert SECRET not in f"{made} {made!r}"


def test_none_leaves_that_of_the_address() -> None:
    address = parse("redis://ada:old@cache.example")

    assert with_password(address, "") == address


async def test_two_passwords_are_one_too_many() -> None:
    with pytest.raises(BadStore) as caught:
        async with open_store("redis://ada:old@cache.example", password=SECRET):
            pass

    assert "keep one of them" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "old" not in str(caught.value)


@EACH
def test_is_read_from_the_environment_and_not_shown(
    kind: type[ChampionSettings | GatewaySettings], prefix: str
) -> None:
    env = {f"{prefix}STORE": CLUSTER, f"{prefix}STORE_PASSWORD": SECRET}

    made = from_env(kind, env, prefix)

    assert made.store_password == SECRET
    assert SECRET not in repr(made)


@EACH
@pytest.mark.parametrize(
    ("store", "password", "problem"),
    [
        ("", SECRET, "there is no store"),
        ("memory://", SECRET, "there is no store"),
        (CLUSTER, f"{SECRET}\n", "a line end around it"),
        (CLUSTER, f" {SECRET}", "a space"),
        (CLUSTER, f"{SECRET}\x00b", "a control character"),
        (CLUSTER, f'{{"password": "{SECRET}"}}', "is a JSON object"),
    ],
)
def test_a_secret_that_cannot_be_one_is_named_and_not_shown(
    kind: type[ChampionSettings | GatewaySettings],
    prefix: str,
    store: str,
    password: str,
    problem: str,
) -> None:
    env = {f"{prefix}STORE": store, f"{prefix}STORE_PASSWORD": password}

    with pytest.raises(BadConfig) as caught:
        from_env(kind, env, prefix)

    assert f"{prefix}STORE_PASSWORD " in str(caught.value)
    assert problem in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_password_may_look_like_many_things() -> None:
    for password in ("{braces}", "[1]", "pass word", "\u00e9", "[" * 10_000):
        env = {"CHAMPION_STORE": CLUSTER, "CHAMPION_STORE_PASSWORD": password}

        assert from_env(ChampionSettings, env, "CHAMPION_").store_password == password
