import functools
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

import services.gateway
from fleet.errors import BadConfig, Status
from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.routes import Routes
from tests.support.gateway_schema import schema
from tests.support.routing import ask, routes

FILE = Path(services.gateway.__file__).parent / "http.yaml"


@functools.cache
def table() -> Routes:
    """Return our own table."""
    return Routes.load(FILE, schema(), Codec(schema().pool))


@pytest.mark.parametrize(
    ("asked", "method", "fields"),
    [
        ("GET /v1/champions", "ListChampions", {}),
        ("GET /v1/champions/7", "GetChampion", {"champion_id": 7}),
        ("GET /v1/battle-field", "GetBattleField", {}),
        ("POST /v1/rankings/daily/scores", "UpdateScore", {"board": "daily"}),
        ("POST /v1/scores:batchUpdate", "UpdateScores", {}),
        ("GET /v1/rankings", "ListBoards", {}),
        ("GET /v1/rankings/daily", "ListRanking", {"board": "daily"}),
        (
            "GET /v1/rankings/daily/periods/20181016",
            "ListRanking",
            {"board": "daily", "period": "20181016"},
        ),
        (
            "GET /v1/rankings/daily/users/a:b",
            "GetRank",
            {"board": "daily", "user_id": "a:b"},
        ),
        (
            "GET /v1/rankings/daily/periods/20181016/users/ann",
            "GetRank",
            {"board": "daily", "period": "20181016", "user_id": "ann"},
        ),
        ("GET /v1/rankings/daily/users:batchGet", "BatchGetRanks", {"board": "daily"}),
        ("GET /v1/rankings/daily:watch", "WatchRanking", {"board": "daily"}),
        ("DELETE /v1/users/ann", "EraseUser", {"user_id": "ann"}),
        (
            "DELETE /v1/rankings/daily/users/ann",
            "EraseUser",
            {"board": "daily", "user_id": "ann"},
        ),
    ],
)
def test_every_method_has_its_route(
    asked: str, method: str, fields: dict[str, Any]
) -> None:
    verb, path = asked.split()
    found = table().match(verb, path)
    assert found.method.name == f"rpc.Rpc/{method}"
    assert found.takes_body == (verb == "POST")
    message = found.message("", b"")
    assert MessageToDict(message, preserving_proto_field_name=True) == fields


def test_no_method_is_forgotten() -> None:
    assert {one.method.name for one in table().rules()} == set(schema().methods)


def test_reads_are_got() -> None:
    for rule in table().rules():
        assert (rule.verb == "GET") == rule.method.reads, rule.template


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("GET /v1/champion/7", "did you mean GET /v1/champions/{champion_id}?"),
        ("GET /v1/champions/", "did you mean GET /v1/champions?"),
        ("GET /v1/rankings/daily/user/ann", "/v1/rankings/{board}/users/{user_id}?"),
        ("POST /v1/scores:batchupdate", "did you mean POST /v1/scores:batchUpdate?"),
        ("DELETE /v1/user/ann", "did you mean DELETE /v1/users/{user_id}?"),
        ("GET /wp-login.php", "no route GET /wp-login.php$"),
    ],
)
def test_the_nearest_route_is_named(asked: str, text: str) -> None:
    verb, path = asked.split()
    with pytest.raises(Failure, match=text.replace("?", r"\?")) as caught:
        table().match(verb, path)
    assert caught.value.status is Status.NOT_FOUND


def test_what_is_allowed_is_told() -> None:
    with pytest.raises(Failure, match="/v1/users/ann does not take GET") as caught:
        table().match("GET", "/v1/users/ann")
    assert caught.value.http == 405
    assert caught.value.headers == ((b"allow", b"DELETE"),)
    with pytest.raises(Failure, match="allowed is DELETE, GET, HEAD"):
        table().match("PUT", "/v1/rankings/daily/users/ann")


def test_a_bad_escape_names_the_path() -> None:
    with pytest.raises(Failure, match="path is '/v1/champions/%zz'") as caught:
        table().match("GET", "/v1/champions/%zz")
    assert caught.value.http == 400


def test_a_long_path_is_not_repeated_whole() -> None:
    with pytest.raises(Failure) as caught:
        table().match("G" * 9000, "/v1/" + "x" * 9000)
    assert len(str(caught.value)) < 400


def test_a_long_path_costs_no_more_than_the_table() -> None:
    bushy = routes("GET /*/*/*/*/*/*/{name}", "GET /a/*/a/*/a/*/{name}", "GET /a/**")
    with pytest.raises(Failure):
        bushy.match("PUT", "/a" * 4000)
    assert ask(bushy, "GET " + "/a" * 4000)[0] == "/a/**"


PIECES = st.sampled_from(
    [
        *("/", ":", "%", "&", "=", "+", ".", "*", "{", "}", "$", "[]", "é", "\0"),
        *("v1", "rankings", "daily", "users", "champions", "periods", "7"),
        *(":watch", ":batchGet", "%2F", "%zz", "%ff", "\ud800"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
QUERIES = st.lists(
    st.sampled_from(
        [
            *("&", "=", ".", "+", "%", "%41", "%e", "\ud800", "1", "x"),
            *("board", "page_size", "pageSize", "period", "user_ids"),
            *("timeout", "$alt", "user.user_id", "updates"),
        ]
    ),
    max_size=12,
).map("".join)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "DELETE", "", "gEt"]),
    TEXTS,
    QUERIES,
    st.sampled_from([b"", b"{}", b"[", b"\xff", b'{"user": {"user_id": 1}}']),
)
def test_whatever_is_sent_is_answered_or_refused(
    verb: str, path: str, query: str, body: bytes
) -> None:
    try:
        found = table().match(verb, f"/v1/{path}")
        found.message(query, body)
    except Failure as failure:
        assert 400 <= failure.http < 500  # noqa: PT017 - an answer is fine too


@given(st.text(max_size=20), st.text(max_size=20))
def test_what_a_client_encodes_arrives(board: str, user: str) -> None:
    def encoded(text: str) -> str:
        return "".join(f"%{byte:02X}" for byte in text.encode())

    try:
        path = f"/v1/rankings/{encoded(board)}/users/{encoded(user)}"
    except UnicodeEncodeError:  # a lone surrogate is no text
        return
    if board and user:
        message: Any = table().match("GET", path).message("", b"")
        assert (message.board, message.user_id) == (board, user)


def test_rules_of_services_that_nobody_serves_can_be_left_out(tmp_path: Path) -> None:
    file = tmp_path / "http.yaml"
    file.write_text(
        "http:\n  rules:\n"
        "  - {selector: rpc.Rpc.ListChampions, get: /v1/champions}\n"
        "  - {selector: shop.Shop.ListGoods, get: /v1/goods}\n"
    )
    known = schema()
    codec = Codec(known.pool)
    [rule] = Routes.load(file, known, codec, only_served=True).rules()
    assert rule.template == "/v1/champions"
    with pytest.raises(BadConfig, match=r"line 4: no method 'shop\.Shop\.ListGoods'"):
        Routes.load(file, known, codec)
