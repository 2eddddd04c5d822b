"""The files of the console, as they are served."""

import re
from pathlib import Path

import pytest

from services.gateway.console.static import FILES, Static
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure

STATIC = Static()


async def nothing() -> bytes:
    return b""


def asked(path: str, verb: str = "GET", **headers: str) -> Response | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return STATIC.answer(Request(verb, path, "", named, "::1", "id", nothing))


def header(response: Response | None, name: str) -> str:
    assert response is not None
    [value] = [v for k, v in response.headers if k == name.encode()]
    return value.decode()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/console/main.js", "text/javascript; charset=utf-8"),
        ("/console/css/base.css", "text/css; charset=utf-8"),
        ("/console/mark.svg", "image/svg+xml"),
    ],
)
def test_a_file_has_its_type_and_the_policy(path: str, kind: str) -> None:
    found = asked(path)

    assert found is not None
    assert found.status == 200
    assert header(found, "content-type") == kind
    assert header(found, "x-content-type-options") == "nosniff"
    assert "default-src 'none'" in header(found, "content-security-policy")
    assert "unsafe" not in header(found, "content-security-policy")


@pytest.mark.parametrize(
    "path",
    ["/index.html", "/console/", "/console/index.html", "/console/../static.py", "//"],
)
def test_what_is_no_file_is_left_to_others(path: str) -> None:
    assert asked(path) is None
    assert STATIC.find(path) is None


def test_a_known_tag_is_answered_without_the_body() -> None:
    tag = header(asked("/"), "etag")

    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        found = asked("/", if_none_match=known)
        assert found is not None
        assert (found.status, found.body) == (304, b"")
        assert header(found, "etag") == tag
    other = asked("/", if_none_match='"other"')
    assert other is not None
    assert other.status == 200


def test_nothing_can_be_written() -> None:
    with pytest.raises(Failure) as caught:
        asked("/console/main.js", "POST")

    assert caught.value.http == 405
    assert dict(caught.value.headers) == {b"allow": b"GET, HEAD"}


def test_an_answer_is_its_callers_own() -> None:
    first = STATIC.find("/")
    assert first is not None
    first.headers.append((b"x-request-id", b"1"))

    second = STATIC.find("/")
    assert second is not None
    assert (b"x-request-id", b"1") not in second.headers


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_import_and_link_is_there() -> None:
    for script in FILES.rglob("*.js"):
        for name in re.findall(r'from "([^"]+)"', text(script)):
            assert (script.parent / name).resolve().is_file(), f"{script}: {name}"
    for path in re.findall(
        r'(?:href|src)="(/console/[^"]+)"', text(FILES / "index.html")
    ):
        assert STATIC.find(path) is not None, path


def test_every_file_is_of_a_type_that_is_served() -> None:
    files = [path for path in FILES.rglob("*") if path.is_file()]
    served = [f for f in files if f.suffix in {".css", ".html", ".js", ".svg"}]

    assert files == served


@pytest.mark.parametrize(
    "never",
    [
        r"\b(?:inner|outer)HTML\b",
        r"\binsertAdjacentHTML\b",
        r"\beval\(",
        r"\bdocument\.write\b",
        r"https?://(?!connectrpc\.com/docs/protocol|www\.w3\.org/2000/svg)",
    ],
)
def test_nothing_makes_markup_of_text_or_comes_from_elsewhere(never: str) -> None:
    for script in FILES.rglob("*.js"):
        assert not re.search(never, text(script)), script


def test_nothing_is_inline() -> None:
    page = text(FILES / "index.html")

    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"<script(?![^>]* src=)", page)
