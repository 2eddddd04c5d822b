import pytest

from fleet.errors import Status
from services.gateway.failure import Failure
from tests.support.routing import ask, routes


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("paegs=1", "paegs", "no query parameter 'paegs'; did you mean 'pages'?"),
        ("author.nmae=1", "author.nmae", "did you mean 'author.name'?"),
        ("name=x", "name", "query parameter 'name' is set by the path"),
        ("pages=1&pages=2", "pages", "'pages' is given twice and takes one value"),
        (
            "author=x",
            "author",
            "is a message; set its fields: author.name, author.born, author.first",
        ),
        ("editors=x", "editors", "is a list of messages, which only a body can set"),
        ("editors.name=x", "editors.name", "into editors, which only a body can set"),
        ("notes=x", "notes", "is a map, which only a body can set"),
        ("extra=x", "extra", "google.protobuf.Struct, which only a body can set"),
        ("pages.x=1", "pages.x", "goes too far: pages is a single value"),
        ("room=a&box=1", "box", "cannot stand beside room: one of place"),
        ("tags=%zz", "tags", "'tags' is not percent-encoded UTF-8: '%zz' is not an"),
        ("pages=many", "pages", "'many'"),
    ],
)
def test_a_bad_parameter_is_named(query: str, field: str, text: str) -> None:
    with pytest.raises(Failure) as caught:
        ask(routes("GET /v1/{name}"), f"GET /v1/n?{query}")
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert text in caught.value.message
    violations = caught.value.details[0].field_violations  # type: ignore[attr-defined]
    assert [one.field for one in violations] == [field]


def test_a_parameter_beside_a_whole_body_is_named() -> None:
    with pytest.raises(Failure, match="'pages' is not taken: the body has all fields"):
        ask(routes("POST /v1 body=*"), "POST /v1?pages=1", b"{}")


def test_a_parameter_of_the_body_is_named() -> None:
    with pytest.raises(Failure, match=r"'author\.born' is set by the body"):
        ask(routes("POST /v1 body=author"), "POST /v1?author.born=1", b"{}")


def test_a_body_that_no_rule_takes_is_refused() -> None:
    with pytest.raises(Failure, match="POST /v1 takes no body"):
        ask(routes("POST /v1"), "POST /v1", b"{}")


def test_a_oneof_of_the_path_excludes_those_of_the_query() -> None:
    with pytest.raises(Failure, match="'box' cannot stand beside room"):
        ask(routes("GET /v1/{room}"), "GET /v1/x?box=1")


def test_a_path_may_set_what_its_parameters_complete() -> None:
    table = routes("GET /v1/{author.name}")
    assert ask(table, "GET /v1/ann?author.born=1")[1] == {
        "author": {"name": "ann", "born": "1"}
    }


def test_a_thousand_parameters_are_enough() -> None:
    table = routes("GET /v1")
    assert ask(table, "GET /v1?" + "&".join(["years=1"] * 1000))[1] == {
        "years": [1] * 1000
    }
    with pytest.raises(Failure, match="more than 1000 parameters"):
        ask(table, "GET /v1?" + "&".join(["years=1"] * 1001))


def test_names_without_end_are_not_kept() -> None:
    """A type that contains itself has more names than memory has room."""
    table = routes("GET /v1")
    for depth in range(14):
        name = ".".join(["author.first"] * depth + ["pages"])
        ask(table, f"GET /v1?{name}=1")
    with pytest.raises(Failure, match="is more than 32 names deep"):
        ask(table, f"GET /v1?{'.'.join(['author.first'] * 16 + ['pages'])}=1")


def test_messages_of_two_requests_share_nothing() -> None:
    table = routes("GET /v1/{name}")
    assert ask(table, "GET /v1/a?tags=x&pages=1")[1]["tags"] == ["x"]
    assert ask(table, "GET /v1/b?tags=y&pages=2")[1]["tags"] == ["y"]
