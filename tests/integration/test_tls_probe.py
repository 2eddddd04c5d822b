"""The probe over TLS, by its flags and by a task's own settings."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from cryptography.x509.oid import ObjectIdentifier

from fleet.probe.__main__ import main
from fleet.tls.files import TlsFiles
from tests.support.certificates import SERVES, Authority, server_context, write
from tests.support.served import echo
from tests.support.served_tls import Served, served_tls

OURS, OTHER = Authority("ours"), Authority("other")
NAME = "game-server.local"


async def _echo(request: bytes, _context: object) -> bytes:
    return request


ECHO = echo(unary_unary=_echo)


async def probe(
    capsys: pytest.CaptureFixture[str], *argv: object, env: dict[str, str] | None = None
) -> str:
    """Return healthy, or what is printed."""
    code, said = await answer(capsys, *argv, env=env)
    assert bool(code) is bool(said)
    return said or "healthy"


async def answer(
    capsys: pytest.CaptureFixture[str], *argv: object, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Return the exit code, and what is printed, which is a line at most."""
    words = [str(word) for word in argv]
    code = await asyncio.to_thread(main, words, env or {})
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    return code, said


def env_of(files: TlsFiles) -> dict[str, str]:
    """Return the settings of a task with *files*."""
    found = {"FLEET_TLS_CERT": files.cert, "FLEET_TLS_KEY": files.key}
    found |= {"FLEET_TLS_CA": files.ca} if files.ca else {}
    return {name: str(path) for name, path in found.items()}


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Served]:
    """A server that asks nobody for a certificate."""
    files = OURS.files(tmp_path / "alone", NAME, ca=False)
    async with served_tls(files, ECHO, host="127.65.2.1") as there:
        yield there


@pytest.fixture
def mutual(tmp_path: Path) -> TlsFiles:
    return OURS.files(tmp_path / "mutual", NAME)


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "believed.pem"
    path.write_bytes(OURS.pem)
    return path


async def test_believes_an_authority_and_a_name(
    alone: Served, ca: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = str(alone.endpoint)

    assert await probe(capsys, at, "--tls", "--ca", ca, "--name", NAME) == "healthy"
    assert "certificate is not valid for" in await probe(capsys, at, "--ca", ca)
    assert "unable to get local issuer" in await probe(capsys, at, "--tls")


async def test_a_plain_probe_is_no_substitute(
    alone: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert str(alone.endpoint) in await probe(capsys, alone.endpoint)


async def test_a_plain_server_is_named(
    ca: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.65.2.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        said = await probe(capsys, f"127.65.2.1:{port}", "--ca", ca)

    assert said == f"127.65.2.1:{port}: TLS: wrong version number"


async def test_presents_a_certificate(
    mutual: TlsFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    async with served_tls(mutual, ECHO, host="127.65.2.1") as there:
        at, trust = there.endpoint, ("--ca", mutual.ca, "--name", NAME)
        ours = ("--cert", mutual.cert, "--key", mutual.key)

        assert await probe(capsys, at, *trust, *ours) == "healthy"
        assert "does it want another certificate" in await probe(capsys, at, *trust)


async def test_a_task_asks_itself_by_its_own_settings(
    mutual: TlsFiles, alone: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cert = env_of(TlsFiles(cert=tmp_path / "alone/cert.pem", key=tmp_path / "x"))
    target = {"HEALTHCHECK_TARGET": str(alone.endpoint)}

    assert await probe(capsys, env=cert | target) == "healthy"
    async with served_tls(mutual, ECHO, host="127.65.2.1") as there:
        target = {"HEALTHCHECK_TARGET": str(there.endpoint)}
        assert await probe(capsys, env=env_of(mutual) | target) == "healthy"
        assert await probe(capsys, there.endpoint, env=cert) != "healthy"
        assert (
            await probe(
                capsys, there.endpoint, "--service", "no.Such", env=env_of(mutual)
            )
            != "healthy"
        )


async def test_a_file_that_is_not_yet_in_use_makes_nobody_ill(
    alone: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "alone", OTHER.issue("else.local"), None)
    env = env_of(TlsFiles(cert=tmp_path / "alone/cert.pem", key=tmp_path / "x"))

    assert await probe(capsys, alone.endpoint, env=env) == "healthy"


def _misfit(folder: Path) -> None:
    (folder / "cert.pem").write_bytes(OURS.issue(NAME)[0])


def _no_key(folder: Path) -> None:
    (folder / "key.pem").unlink()


def _no_certificate(folder: Path) -> None:
    (folder / "cert.pem").write_bytes(b"")


def _expired(folder: Path) -> None:
    write(folder, OURS.issue(NAME, days=-1), OURS.pem)


def _of_a_stranger(folder: Path) -> None:
    write(folder, OTHER.issue(NAME), OURS.pem)


def _for_servers_alone(folder: Path) -> None:
    write(folder, OURS.issue(NAME, usage=SERVES), OURS.pem)


def _of_strangers(folder: Path) -> None:
    write(folder, OTHER.issue(NAME), OTHER.pem)


BAD = {
    _misfit: "key values mismatch",
    _no_key: "No such file or directory",
    _no_certificate: "cannot be used (",
    _expired: "certificate has expired",
    _of_strangers: "it does not accept them",
    _of_a_stranger: "",
    _for_servers_alone: "",
}
"""What is done to the files of a task that is up, and what is said of it."""


@pytest.mark.parametrize(("spoil", "problem"), BAD.items())
async def test_bad_files_on_its_disk_make_no_task_ill(
    mutual: TlsFiles,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    problem: str,
) -> None:
    # Not those of the server: it never takes these up, however slow this machine is.
    disk = OURS.files(tmp_path / "disk", NAME)
    async with served_tls(mutual, ECHO, host="127.74.2.1") as there:
        at, env = there.endpoint, env_of(disk)
        assert await answer(capfd, at, env=env) == (0, "")
        spoil(tmp_path / "disk")

        code = await asyncio.to_thread(main, [str(at)], env)
        printed = capfd.readouterr().err.splitlines()

    said = [line for line in printed if "Handshake failed" not in line]  # by gRPC
    assert code == 0
    assert len(said) == bool(problem)
    if problem:
        assert said[0].startswith(f"{at}: the TLS files cannot be used (")
        assert problem in said[0]
        assert said[0].endswith(", only the handshake was tried")
    if spoil is not _of_strangers:  # which only the server can know
        assert printed == said


@pytest.mark.parametrize("spoil", [_misfit, _for_servers_alone])
async def test_bad_files_are_no_excuse_for_a_port_without_tls(
    mutual: TlsFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
) -> None:
    spoil(tmp_path / "mutual")
    env, said = env_of(mutual), [b"220 hello\r\n", b"", None]

    async def talk(them: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await them.read(4096)  # or the end is a reset
        words = said.pop(0)
        if words is None:
            await over.wait()
        writer.write(words or b"")
        writer.close()

    over = asyncio.Event()
    async with await asyncio.start_server(talk, "127.74.2.1", 0) as server:
        at = f"127.74.2.1:{server.sockets[0].getsockname()[1]}"
        found = [await answer(capsys, at, env=env) for _ in range(2)]
        found.append(await answer(capsys, at, "--timeout-s", "0.2", env=env))
        over.set()
    found.append(await answer(capsys, at, env=env))

    reasons = [
        "TLS: wrong version number",
        "closed in the TLS handshake",
        "no answer in 0.2 s",
        "Connection refused",
    ]
    for (code, words), reason in zip(found, reasons, strict=True):
        assert code == 1
        assert words.startswith(f"{at}: {reason}")


@pytest.mark.parametrize("usage", [None, SERVES])
async def test_health_is_known_to_whom_the_task_lets_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], usage: ObjectIdentifier | None
) -> None:
    files = write(tmp_path / "own", OURS.issue(NAME, usage=usage), OURS.pem)
    caller = OURS.files(tmp_path / "caller", "probe.local")
    pair = ("--cert", caller.cert, "--key", caller.key)
    async with served_tls(files, ECHO, host="127.74.2.1") as there:
        at, env = there.endpoint, env_of(files)
        assert await answer(capsys, at, *pair, env=env) == (0, "")
        there.health.leave()

        by_itself = await answer(capsys, at, env=env)
        assert await answer(capsys, at, *pair, env=env) == (
            1,
            f"{at}: it says NOT_SERVING",
        )

    assert by_itself == ((0, "") if usage else (1, f"{at}: it says NOT_SERVING"))


async def test_authorities_that_are_gone_do_not_hide_health(
    mutual: TlsFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with served_tls(mutual, ECHO, host="127.74.2.1") as there:
        (tmp_path / "mutual/ca.pem").unlink()
        at, env = there.endpoint, env_of(mutual)
        assert await answer(capsys, at, env=env) == (0, "")
        there.health.leave()
        code, said = await answer(capsys, at, env=env)

    assert (code, said) == (1, f"{at}: it says NOT_SERVING")


async def test_a_pair_that_was_given_must_be_good(
    mutual: TlsFiles, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = OTHER.files(tmp_path / "other", NAME)
    pair = ("--cert", other.cert, "--key", other.key)
    async with served_tls(mutual, ECHO, host="127.74.2.1") as there:
        code, said = await answer(capsys, there.endpoint, *pair, env=env_of(mutual))

    assert code == 1
    assert "does it want another certificate" in said


async def test_somebody_else_must_be_believed_whatever_our_settings_are(
    mutual: TlsFiles, alone: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    env, at = env_of(mutual), alone.endpoint

    assert await probe(capsys, at, "--name", NAME, env=env) == "healthy"
    assert "not valid for" in await probe(capsys, at, "--name", "b.local", env=env)


async def test_nobody_is_believed_beyond_the_loopback(
    mutual: TlsFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    async with served_tls(mutual, ECHO, host="127.65.2.1") as there:
        mapped = f"[::ffff:127.65.2.1]:{there.endpoint.port}"  # does not look like it
        env = env_of(mutual)

        assert "not valid for" in await probe(capsys, mapped, env=env)
        assert await probe(capsys, mapped, "--name", NAME, env=env) == "healthy"


async def test_a_page_is_asked_over_tls_by_its_url(
    tmp_path: Path, ca: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = OURS.files(tmp_path, "127.65.2.1")
    assert files.cert
    assert files.key

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    context = server_context(files.cert, files.key)
    async with await asyncio.start_server(page, "127.65.2.1", 0, ssl=context) as there:
        at = f"https://127.65.2.1:{there.sockets[0].getsockname()[1]}/healthz"
        assert await probe(capsys, at, "--ca", ca) == "healthy"
        assert await probe(capsys, at, env=env_of(files)) == "healthy"
        assert "local issuer" in await probe(capsys, at)


async def test_files_that_are_missing_are_said(
    alone: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = tmp_path / "none.pem"

    said = await probe(capsys, alone.endpoint, "--ca", nothing)

    assert said == f"{alone.endpoint}: TLS: No such file or directory: {nothing}"


@pytest.mark.parametrize(
    "argv",
    [
        ["127.0.0.1:1", "--cert", "a.pem"],
        ["127.0.0.1:1", "--key", "a.pem"],
        ["127.0.0.1:1", "--ca"],
        ["http://127.0.0.1/", "--ca", "a.pem"],
        ["http://127.0.0.1/", "--tls"],
        ["https://127.0.0.1/", "--service", "x"],
    ],
)
def test_half_a_word_on_tls_shows_the_usage(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv, {}) == 2
    assert "[--tls] [--ca FILE]" in capsys.readouterr().err
