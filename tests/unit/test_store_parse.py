"""Addresses of stores: what they say, and what is wrong with others."""

from pathlib import Path

import pytest

from ranking.errors import BadStore
from ranking.store.address import Login, Place
from ranking.store.parse import parse


@pytest.mark.parametrize(
    ("text", "kind", "places"),
    [
        ("redis://localhost", "server", [Place("localhost", 6379)]),
        ("redis://10.0.0.1:7000/2", "server", [Place("10.0.0.1", 7000)]),
        ("redis://[::1]:7000", "server", [Place("::1", 7000)]),
        ("unix:///run/redis.sock", "server", [Place("/run/redis.sock", 0)]),
        ("unix://me:pw@/run/r%20s", "server", [Place("/run/r s", 0)]),
        ("redis+cluster://a:1,b", "cluster", [Place("a", 1), Place("b", 6379)]),
        ("redis+sentinel://a,b:2/m", "sentinel", [Place("a", 26379), Place("b", 2)]),
    ],
)
def test_says_where(text: str, kind: str, places: list[Place]) -> None:
    address = parse(text)

    assert (address.kind, [*address.places]) == (kind, places)
    assert (address.login.tls is None) == (not text.startswith("rediss"))


def test_says_who_and_which_database() -> None:
    assert parse("redis://me:p%40%2Fss@host/3").login == Login(
        user="me",
        password="p@/ss",  # noqa: S106
        database=3,
    )
    assert parse("redis://:secret@host").login.password == "secret"  # noqa: S105
    assert parse("unix:///s?db=4").login.database == 4
    assert parse("redis+sentinel://h/mymaster/5").login.database == 5


def test_sentinels_have_a_login_of_their_own() -> None:
    address = parse("redis+sentinel://me:a@h/m?sentinel_password=b")

    assert address.login == Login(user="me", password="a")  # noqa: S106
    assert address.sentinel_login == Login(password="b")  # noqa: S106
    assert address.master == "m"
    assert str(address) == "redis+sentinel://***@h/m?sentinel_password=***"


@pytest.mark.parametrize("name", ["ca", "ssl_ca_certs"])
def test_knows_a_certificate_by_both_names(name: str, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    tls = parse(f"rediss://host?{name}={ca}&ssl_check_hostname=no").login.tls

    assert tls is not None
    assert tls.ca == str(ca)
    assert not tls.check_hostname


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "begins with none of"),
        ("localhost:6379", "begins with none of"),
        ("http://localhost", "begins with none of"),
        ("redis://[::1", "begins with none of"),
        ("redis://", "'' is neither host nor host:port"),
        ("redis://host:70000", "'host:70000' is neither"),
        ("redis://host:port", "'host:port' is neither"),
        ("redis://host/first", "the database is 'first'"),
        ("redis://a,b", "several hosts are a redis+cluster"),
        ("redis+cluster://a/1", "no database but 0"),
        ("redis+sentinel://a", "the master's name is missing"),
        ("unix://run/redis.sock", "a socket's path is absolute"),
        ("redis://host?timeout=3", "timeout=, which is none of"),
        ("redis://host?ca=/x", "of no use with redis://"),
        ("rediss://host?ca=/no/such", "there is no file /no/such"),
        ("rediss://host?cert=/etc/passwd", "cert and key belong together"),
    ],
)
def test_says_what_is_wrong_and_gives_examples(text: str, problem: str) -> None:
    with pytest.raises(BadStore, match="cannot be used") as caught:
        parse(text)

    assert problem in str(caught.value)
    assert "redis://localhost:6379/0" in str(caught.value)


def test_says_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(BadStore) as caught:
        parse("redis://host:0/x?y=1")

    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    "text",
    [
        "redis://me:hunter2@host:x",
        "redis://me:hunter2@a@b/x",
        "redis://me:hunter2/3@host/x",
        "redis+sentinel://host?sentinel_password=hunter2",
        "http://me:hunter2@host",
    ],
)
def test_never_shows_a_password(text: str) -> None:
    with pytest.raises(BadStore) as caught:
        parse(text)

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value)


def test_a_parsed_address_hides_its_password() -> None:
    assert "hunter2" not in repr(parse("redis://me:hunter2@host"))
