"""The rules of google.api.http, case by case; see http_rules.py."""

import pytest

from services.gateway.failure import Failure
from tests.conformance.http_rules import BODIES, MATCHES, QUERIES, REFUSALS, Fields
from tests.support.routing import ask, routes


@pytest.mark.parametrize(("rule", "asked", "fields"), MATCHES)
def test_a_path_matches(rule: str, asked: str, fields: Fields) -> None:
    assert ask(routes(rule), asked) == (rule.split()[1], fields)


@pytest.mark.parametrize(("rule", "asked", "http"), REFUSALS)
def test_a_path_is_refused(rule: str, asked: str, http: int) -> None:
    with pytest.raises(Failure) as caught:
        ask(routes(rule), asked)
    assert caught.value.http == http


@pytest.mark.parametrize(
    ("rules", "asked", "winner"),
    [
        # A literal before *, * before **, the earlier segment first
        (("/v1/{name}", "/v1/dune"), "/v1/dune", "/v1/dune"),
        (("/v1/dune", "/v1/{name}"), "/v1/emma", "/v1/{name}"),
        (("/v1/{name=**}", "/v1/{name}"), "/v1/dune", "/v1/{name}"),
        (("/v1/{name=**}", "/v1/{name}"), "/v1/a/b", "/v1/{name=**}"),
        (("/v1/{name=**}", "/v1/a/{name}"), "/v1/a/b", "/v1/a/{name}"),
        (("/v1/{name=**}", "/v1/a/{name}"), "/v1/a/b/c", "/v1/{name=**}"),
        (("/v1/{name=**}", "/v1"), "/v1", "/v1"),
        (("/v1/*/x", "/v1/a/*"), "/v1/a/x", "/v1/a/*"),
        # The better way may end nowhere
        (("/v1/a/b/c", "/v1/{name}/b/d"), "/v1/a/b/d", "/v1/{name}/b/d"),
        (("/v1/a/b/c", "/v1/**"), "/v1/a/b/d", "/v1/**"),
        # A verb before none, wherever the rest matches
        (("/v1/{name}", "/v1/{name}:read"), "/v1/a:read", "/v1/{name}:read"),
        (("/v1/{name}", "/v1/{name}:read"), "/v1/a:write", "/v1/{name}"),
        (("/v1/{name}", "/v1/{name}:read"), "/v1/a%3Aread", "/v1/{name}"),
        (("/v1/{name}", "/v1/{name}:read"), "/v1/:read", "/v1/{name}"),
        (("/v1/{name}", "/v1/x:read"), "/v1/a:read", "/v1/{name}"),
        (("/v1/{name}:a", "/v1/{name}:b"), "/v1/x:b", "/v1/{name}:b"),
        (("/v1/{name}:a", "/v1/{name=**}:a"), "/v1/x/y:a", "/v1/{name=**}:a"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_better_template_wins(
    rules: tuple[str, ...],
    asked: str,
    winner: str,
    turned: bool,  # noqa: FBT001
) -> None:
    given = [f"GET {one}" for one in rules]
    table = routes(*(reversed(given) if turned else given))
    assert ask(table, f"GET {asked}")[0] == winner


def test_the_verb_of_http_chooses_among_the_templates() -> None:
    table = routes("GET /v1/a/{name}", "POST /v1/{name}/b", "* /v1/a/b")
    assert ask(table, "POST /v1/a/b")[0] == "/v1/a/b"
    table = routes("GET /v1/a/{name}", "POST /v1/{name}/b")
    assert ask(table, "POST /v1/a/b")[0] == "/v1/{name}/b"
    assert ask(table, "GET /v1/a/b")[0] == "/v1/a/{name}"


def test_a_verb_of_its_own_is_preferred_to_any() -> None:
    table = routes("* /v1/{name}", "GET /v1/{shelf_id}")
    assert ask(table, "GET /v1/x") == ("/v1/{shelf_id}", {"shelf_id": "x"})
    assert ask(table, "PUT /v1/x") == ("/v1/{name}", {"name": "x"})


@pytest.mark.parametrize(
    ("rule", "asked", "name"),
    [
        ("/v1/{name=**}", "/v1/a%2Fb/c", "a/b/c"),
        ("/v1/{name=files/**}", "/v1/files/a%2fb", "files/a/b"),
        ("/v1/{name=files/*}", "/v1/files/a%2Fb", "files/a%2Fb"),
        ("/v1/{name=*/**}", "/v1/a%2Fb/c%2Fd", "a%2Fb/c/d"),
        ("/v1/{name}", "/v1/a%2Fb", "a/b"),
    ],
)
def test_the_rest_of_a_path_may_be_decoded_fully(
    rule: str, asked: str, name: str
) -> None:
    table = routes(f"GET {rule}", fully=True)
    assert ask(table, f"GET {asked}")[1] == {"name": name}


@pytest.mark.parametrize(("query", "fields"), QUERIES)
def test_a_query(query: str, fields: Fields | None) -> None:
    table = routes("GET /v1/{name}")
    if fields is None:
        with pytest.raises(Failure) as caught:
            ask(table, f"GET /v1/n?{query}")
        assert caught.value.http == 400
    else:
        assert ask(table, f"GET /v1/n?{query}")[1] == {"name": "n", **fields}


@pytest.mark.parametrize(("rule", "query", "body", "fields"), BODIES)
def test_a_body(rule: str, query: str, body: bytes, fields: Fields | None) -> None:
    verb = rule.partition(" ")[0]
    asked = f"{verb} /v1/n?{query}"
    if fields is None:
        with pytest.raises(Failure) as caught:
            ask(routes(rule, method="Put"), asked, body)
        assert caught.value.http == 400
    else:
        assert ask(routes(rule, method="Put"), asked, body)[1] == fields


def test_timeout_is_a_field_where_the_request_has_one() -> None:
    table = routes("GET /v1/wait", method="Wait")
    assert ask(table, "GET /v1/wait?timeout=5")[1] == {"timeout": "5"}


def test_a_field_of_the_answer_may_be_all_of_it() -> None:
    table = routes("GET /v1/books response_body=books", "GET /v1/all", method="List")
    field = table.match("GET", "/v1/books").response_body
    assert field is not None
    assert field.full_name == "shelf.Books.books"
    assert table.match("GET", "/v1/all").response_body is None
