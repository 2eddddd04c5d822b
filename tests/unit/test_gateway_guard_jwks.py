"""The keys of an issuer: when they are read again, and when not."""

import asyncio
import json
import ssl
import threading
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt import PyJWKClientError, PyJWKSet

from services.gateway.guard.jwks import KeySet, of_file, of_https
from tests.clock import FakeClock
from tests.support.certificates import certificate, server_context

CURVE = ec.generate_private_key(ec.SECP256R1())


def written(*kids: str, **more: object) -> str:
    public = json.loads(jwt.get_algorithm_by_name("ES256").to_jwk(CURVE.public_key()))
    return json.dumps({"keys": [{**public, "kid": kid, **more} for kid in kids]})


class Issuer:
    """Counts how often it is asked, and can be away."""

    def __init__(self, *kids: str) -> None:
        self.kids = kids
        self.asked = 0
        self.away = False

    def __call__(self) -> PyJWKSet:
        self.asked += 1
        if self.away:
            raise PyJWKClientError("away")
        return PyJWKSet.from_json(written(*self.kids))


async def test_keys_are_read_once_when_first_needed(clock: FakeClock) -> None:
    issuer = Issuer("a", "b")
    keys = KeySet(issuer, now=clock.now)
    assert issuer.asked == 0

    assert await keys.find("a") is not None
    assert await keys.find("b") is not None
    assert issuer.asked == 1


async def test_an_unknown_key_is_looked_for_once_a_minute(clock: FakeClock) -> None:
    issuer = Issuer("a")
    keys = KeySet(issuer, now=clock.now)
    await keys.find("a")
    issuer.kids = ("a", "b")

    for number in range(100):
        assert await keys.find(f"forged-{number}") is None
    assert issuer.asked == 1

    await clock.advance(60)
    assert await keys.find("b") is not None
    assert issuer.asked == 2


async def test_an_old_key_goes_on_while_the_keys_are_read_again(
    clock: FakeClock,
) -> None:
    issuer = Issuer("a")
    keys = KeySet(issuer, now=clock.now)
    await keys.find("a")
    issuer.kids = ("b",)
    await clock.advance(600)

    assert await keys.find("a") is not None
    assert await keys.find("b") is not None  # waits for the reading under way
    assert await keys.find("a") is None
    assert issuer.asked == 2


async def test_an_issuer_that_is_away_leaves_the_keys(clock: FakeClock) -> None:
    issuer = Issuer("a")
    keys = KeySet(issuer, now=clock.now)
    await keys.find("a")
    issuer.away = True
    await clock.advance(600)

    assert await keys.find("b") is None
    assert await keys.find("a") is not None
    assert issuer.asked == 2


async def test_without_any_key_it_is_asked_again_soon(clock: FakeClock) -> None:
    issuer = Issuer("a")
    issuer.away = True
    keys = KeySet(issuer, now=clock.now)
    assert await keys.find("a") is None
    issuer.away = False

    await clock.advance(4)
    assert await keys.find("a") is None
    await clock.advance(1)
    assert await keys.find("a") is not None


async def test_many_that_wait_ask_once_and_one_that_leaves_ends_nothing() -> None:
    go, issuer = threading.Event(), Issuer("a")

    def slowly() -> PyJWKSet:
        go.wait(10)
        return issuer()

    keys = KeySet(slowly)
    waiting = [asyncio.create_task(keys.find("a")) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    go.set()

    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one).__name__ for one in found] == ["CancelledError", *["PyJWK"] * 4]
    assert issuer.asked == 1


async def test_keys_for_something_else_are_left_out() -> None:
    keys = KeySet(lambda: PyJWKSet.from_json(written("a", use="enc")))

    assert await keys.find("a") is None


async def test_a_bug_in_reading_is_told_and_not_repeated_at_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def fetch() -> PyJWKSet:
        asked.append(1)
        raise AttributeError("a bug")

    keys = KeySet(fetch, now=clock.now)

    assert [await keys.find("a"), await keys.find("a")] == [None, None]
    assert len(asked) == 1
    assert "bug in reading keys" in caplog.text


async def test_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(written("a"))

    assert await KeySet(of_file(path)).find("a") is not None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys": 1}', "\xff", '{"keys": [1]}']
)
async def test_a_file_that_is_none_is_told_and_survived(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(text.encode("latin-1"))

    assert await KeySet(of_file(path)).find("a") is None
    assert "keeping 0 keys" in caplog.text


async def test_asks_an_issuer_by_https(tmp_path: Path) -> None:
    made, private = await certificate(tmp_path)
    body = written("a").encode()
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(
        serve, "127.0.0.1", 0, ssl=server_context(made, private)
    )
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    trusting = ssl.create_default_context(cafile=made)
    async with server:
        assert await KeySet(of_https(url, trusting)).find("a") is not None
        # Nobody vouches for this certificate.
        assert await KeySet(of_https(url)).find("a") is None
