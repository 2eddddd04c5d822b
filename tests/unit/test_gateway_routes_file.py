import logging
from pathlib import Path

import httptools
import pytest

from fleet.errors import BadConfig
from services.gateway.codec import Codec
from services.gateway.routes import Routes
from services.gateway.routes.reach import VERBS
from tests.support.gateway_schema import shelf
from tests.support.routing import load

GET = "selector: shelf.Shelf.Get"
PUT = "selector: shelf.Shelf.Put"


def rules(*lines: str) -> str:
    """Return a file whose first rule is in line 3."""
    return "\n".join(["http:", "  rules:", *(f"  - {{{one}}}" for one in lines)])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: is empty"),
        ("[]", "line 1: the file must be a mapping"),
        ("{}", "line 1: the file has no http:"),
        ("http: 3", "line 1: http must be a mapping"),
        ("http: {rules: 3}", "line 1: rules must be a list"),
        ("http: {rules: [3]}", "line 1: a rule must be a mapping"),
        ("htpt: {}", "no key 'htpt' in the file; did you mean 'http'?"),
        ("http: {ruels: []}", "no key 'ruels' in http; did you mean 'rules'?"),
        ("http: {rules: [}", "line 1: "),
        ("http:\n\trules: []", "line 2: "),
        ("a: \xff", "utf-8"),
        ("http: {}\nhttp: {}", "line 2: http is given twice"),
        (
            "http: {fully_decode_reserved_expansion: maybe}",
            "line 1: fully_decode_reserved_expansion must be true or false",
        ),
        (rules("get: /v1/a"), "line 3: a rule needs a selector"),
        (rules(f"{GET}"), "line 3: needs one of get, put, post, delete, patch, custom"),
        (rules(f"{GET}, get: /a, put: /b"), "there is get, put"),
        (rules(f"{GET}, gte: /a"), "no key 'gte' in a rule; did you mean 'get'?"),
        (rules(f"{GET}, get: [a]"), "line 3: get must be text"),
        (rules(f"{GET}, get: 3"), "line 3: get must be text"),
        (rules(f"{GET}, get:"), "line 3: get must be text"),
        (rules(f"{GET}, get: ''"), "line 3: get needs a template"),
        (rules(f"{GET}, custom: {{kind: HEAD}}"), "custom needs kind"),
        (rules(f"{GET}, custom: {{knid: HEAD}}"), "did you mean 'kind'?"),
        (
            rules(f"{GET}, custom: {{kind: head, path: /a}}"),
            "no verb 'head'; there is *, GET",
        ),
        (rules(f"{GET}, custom: {{kind: LIST, path: /a}}"), "no verb 'LIST'"),
        (rules(f"{GET}, custom: {{kind: CONNECT, path: /a}}"), "no verb 'CONNECT'"),
        (rules(f"{GET}, get: /healthz"), "line 3: /healthz is a place of the gateway"),
        (rules(f"{GET}, get: /metrics"), "/metrics is a place"),
        (rules(f"{GET}, get: '/{{name=openapi.json}}'"), "is a place"),
        (rules(f"{GET}, get: '/console/{{name}}'"), "/console/{name} is a place"),
        (rules(f"{GET}, get: /-/x:y"), "/-/x:y is a place"),
        (rules(f"{GET}, get: /any.Thing/Get"), "/any.Thing/Get is how Connect"),
        (rules(f"{GET}, get: /shelf.Shelf/Get"), "how Connect, gRPC-Web and"),
        (
            rules("selector: shelf.Shelf.Gte, get: /a"),
            "line 3: no method 'shelf.Shelf.Gte'; did you mean 'shelf.Shelf.Get'?",
        ),
        (rules(f"{GET}, get: v1"), "line 3: template 'v1': must begin with /"),
        (rules(f"{GET}, get: '/{{nmae}}'"), "did you mean 'name'?"),
        (rules(f"{GET}, get: '/{{author}}'"), "is a message; set its fields"),
        (rules(f"{GET}, get: '/{{author.nmae}}'"), "did you mean 'author.name'?"),
        (rules(f"{GET}, get: '/{{tags}}'"), "must be a single value"),
        (rules(f"{GET}, get: '/{{editors.name}}'"), "only a body can set"),
        (rules(f"{GET}, get: '/{{notes}}'"), "is a map"),
        (rules(f"{GET}, get: '/{{printed_at}}'"), "must be a single value"),
        (rules(f"{GET}, get: '/{{copies}}'"), "must be a single value"),
        (rules(f"{GET}, get: '/{{shelfId}}'"), "as in the proto: shelf_id"),
        (rules(f"{GET}, get: '/{{room}}/{{box}}'"), "room of the same oneof"),
        (rules(f"{PUT}, put: /a, body: atuhor"), "did you mean 'author'?"),
        (rules(f"{PUT}, put: /a, body: author.name"), "no field 'author.name'"),
        (rules(f"{PUT}, get: /a, body: '*'"), "GET cannot have a body"),
        (rules(f"{PUT}, put: /a, response_body: tag"), "did you mean 'tags'?"),
        (rules("selector: shelf.Shelf.Upload, post: /a"), "a stream of requests"),
        (rules("selector: shelf.Shelf.Chat, post: /a"), "a stream of requests"),
        (
            rules(f"{GET}, get: '/{{name}}'", f"{PUT}, get: '/{{shelf_id}}'"),
            "line 4: GET /{shelf_id} matches the same paths as /{name} in line 3",
        ),
        (
            rules(f"{GET}, get: /a, additional_bindings: [{{get: /%61}}]"),
            "matches the same paths as /a in line 3",
        ),
        (
            rules(
                f"{GET}, get: /a, additional_bindings:"
                " [{get: /b, additional_bindings: [{get: /c}]}]"
            ),
            "line 3: additional_bindings cannot have their own",
        ),
        (
            rules(f"{GET}, get: /a, additional_bindings: [{{{PUT}, get: /b}}]"),
            "no key 'selector' in an additional binding",
        ),
        ("http: &a {rules: *a}", "line 1: aliases (*name) are not read"),
        ("[" * 100_000, "line 1: is nested more than 10 deep"),
        ("a: " + "x" * 300_000, "is larger than 256 KiB"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "http.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadConfig) as caught:
        Routes.load(path, shelf(), Codec(shelf().pool))
    assert caught.value.source == str(path)
    assert any(problem in one for one in caught.value.problems), caught.value


@pytest.mark.parametrize(
    "template",
    [
        "/{name}",
        "/{name=**}",
        "/healthz:check",
        "/healthz/more",
        "/console",
        "/-",
        "/any.Thing/{name}",
        "/any.Thing/Get:verb",
        "/any.Thing%2FGet",
        "/thing/Get",
    ],
)
def test_a_template_near_a_place_that_is_taken_is_free(template: str) -> None:
    assert load(rules(f"{GET}, get: '{template}'")).rules()


@pytest.mark.parametrize("verb", VERBS[1:])
def test_the_server_reads_every_verb(verb: str) -> None:
    parser = httptools.HttpRequestParser(object())
    parser.feed_data(f"{verb} / HTTP/1.1\r\nhost: a\r\n\r\n".encode())
    assert parser.get_method() == verb.encode()


def test_all_mistakes_are_told_at_once_from_the_top() -> None:
    with pytest.raises(BadConfig) as caught:
        load(
            rules(f"{GET}, get: nothing", "gett: /a", f"{PUT}, put: '/{{x}}', body: y")
        )
    lines = [one.partition(":")[0] for one in caught.value.problems]
    assert lines == ["line 3", "line 4", "line 4", "line 4", "line 5", "line 5"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        Routes.load(tmp_path / "none.yaml", shelf(), Codec(shelf().pool))


def test_the_last_rule_of_a_method_wins(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        table = load(rules(f"{GET}, get: /a", f"{PUT}, put: /a", f"{GET}, get: /b"))
    assert [one.template for one in table.rules()] == ["/a", "/b"]
    assert [one.verb for one in table.rules()] == ["PUT", "GET"]
    assert "line 3" in caplog.text
    assert "replaced by that in line 5" in caplog.text


def test_a_replaced_rule_conflicts_with_nothing() -> None:
    table = load(rules(f"{GET}, get: /a", f"{PUT}, get: /a", f"{GET}, get: /b"))
    assert table.match("GET", "/a").method.name == "shelf.Shelf/Put"


def test_rules_are_told_in_the_order_of_the_file() -> None:
    text = rules(
        f"{PUT}, put: '/{{name}}', body: author, response_body: tags,"
        " additional_bindings: [{custom: {kind: '*', path: /any}}]",
        f"{GET}, get: '/{{shelf_id}}/{{name=**}}'",
    )
    put, any_, get = load(text).rules()
    assert (put.verb, put.template, put.variables) == ("PUT", "/{name}", ("name",))
    assert (put.body, put.response_body, put.line) == ("author", "tags", 3)
    assert (any_.verb, any_.template, any_.body) == ("*", "/any", "")
    assert (get.variables, get.line) == (("shelf_id", "name"), 4)
    assert get.method.name == "shelf.Shelf/Get"
