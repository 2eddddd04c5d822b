"""The throw-away authority: what it issues holds in OpenSSL's own handshakes."""

import contextlib
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fleet.local.tls.authority import Authority, new_authority
from fleet.local.tls.certificates import Certificates
from fleet.local.tls.issued import Issued, Subject
from fleet.local.tls.place import place
from fleet.local.tls.renewal import LOOK_S, renewed
from fleet.tls.files import TlsFiles
from tests.clock import FakeClock
from tests.support.until import until


class Wall:
    """The time of day, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def begun(folder: Path, wall: Wall | None = None) -> Certificates:
    authority = new_authority()
    made = Certificates(folder / "tls", "local", authority.issue, now=wall or Wall())
    made.begin(authority.pem)
    return made


def context(side: int, files: TlsFiles) -> ssl.SSLContext:
    made = ssl.SSLContext(side)
    assert files.ca
    assert files.cert
    made.load_verify_locations(files.ca)
    made.load_cert_chain(files.cert, files.key)
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    return made


def meet(server: TlsFiles, client: TlsFiles, name: str) -> ssl.SSLObject:
    """Shake hands in memory; return the server's side."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    host = context(ssl.PROTOCOL_TLS_SERVER, server).wrap_bio(up, down, server_side=True)
    caller = context(ssl.PROTOCOL_TLS_CLIENT, client).wrap_bio(
        down, up, server_hostname=name
    )
    for side in (caller, host, caller, host):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    host.read(0)
    return host


@pytest.mark.parametrize("name", ["game-server.local", "localhost", "127.66.0.1"])
def test_people_and_a_service_believe_each_other(tmp_path: Path, name: str) -> None:
    made = begun(tmp_path)
    host = meet(made.service("game-server", "127.66.0.1"), made.people, name)

    assert (host.getpeercert() or {})["subjectAltName"] == (("DNS", "laptop"),)


@pytest.mark.parametrize("name", ["gateway.local", "127.66.0.2", "laptop"])
def test_a_service_is_nobody_else(tmp_path: Path, name: str) -> None:
    made = begun(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for|mismatch"):
        meet(made.service("game-server", "127.66.0.1"), made.people, name)


def test_one_service_calls_another_with_its_own(tmp_path: Path) -> None:
    made = begun(tmp_path)
    door = made.service("gateway", "127.66.0.1")
    host = meet(made.service("game-server", "127.66.0.1"), door, "localhost")

    assert ("DNS", "gateway.local") in (host.getpeercert() or {})["subjectAltName"]


def test_people_serve_nobody(tmp_path: Path) -> None:
    made = begun(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        meet(made.people, made.service("game-server", "127.66.0.1"), "laptop")


def test_another_fleet_is_a_stranger(tmp_path: Path) -> None:
    ours, theirs = begun(tmp_path / "a"), begun(tmp_path / "b")
    server = ours.service("game-server", "127.66.0.1")
    with pytest.raises(
        ssl.SSLCertVerificationError, match=r"unable to get|self-signed"
    ):
        meet(server, theirs.people, "localhost")


def test_a_certificate_is_over_after_its_life(tmp_path: Path) -> None:
    wall = Wall()
    wall.now -= timedelta(days=30, seconds=5)
    made = begun(tmp_path, wall)
    server = made.service("game-server", "127.66.0.1")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        meet(server, made.people, "localhost")


def test_a_new_address_is_named_and_the_old_one_stays(tmp_path: Path) -> None:
    made = begun(tmp_path)
    first = made.service("game-server", "127.66.0.1")
    before = read(first.cert)
    assert read(made.service("game-server", "127.66.0.1").cert) == before
    meet(made.service("game-server", "127.66.0.2"), made.people, "127.66.0.2")
    meet(first, made.people, "127.66.0.1")


def test_keys_are_for_their_owner_only_and_the_authoritys_is_nowhere(
    tmp_path: Path,
) -> None:
    made = begun(tmp_path)
    made.service("game-server", "127.66.0.1")
    files = [path for path in made.folder.rglob("*") if path.is_file()]

    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((made.folder / "services").stat().st_mode) == 0o700
    keys = [path.name for path in files if b"PRIVATE KEY" in path.read_bytes()]
    assert sorted(keys) == ["game-server.key", "laptop.key"]


def test_renewal_replaces_what_is_past_half_of_its_life(tmp_path: Path) -> None:
    wall = Wall()
    made = begun(tmp_path, wall)
    server = made.service("game-server", "127.66.0.1")
    before = read(server.cert), read(server.key)
    wall.now += timedelta(days=14, hours=23)
    assert made.renew(every=False) == 0
    wall.now += timedelta(hours=1)
    assert made.renew(every=False) == 2
    assert made.renew(every=False) == 0

    after = read(server.cert), read(server.key)
    assert not set(before) & set(after)


async def test_a_fleet_looks_for_what_is_due(tmp_path: Path, clock: FakeClock) -> None:
    wall, said = Wall(), list[str]()
    made = begun(tmp_path, wall)
    async with renewed(made, said.append, sleep=clock.sleep):
        await clock.advance(LOOK_S)
        assert said == []
        wall.now += timedelta(days=40)
        await clock.advance(LOOK_S)
        await until(lambda: said)

    assert said == ["certificates renewed: 1"]


async def test_a_folder_that_takes_nothing_is_told_and_tried_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    wall, said = Wall(), list[str]()
    made = begun(tmp_path, wall)
    before = read(made.people.cert)
    made.folder.rename(tmp_path / "away")
    wall.now += timedelta(days=15)
    async with renewed(made, said.append, sleep=clock.sleep):
        await clock.advance(LOOK_S)
        assert "cannot be renewed" in said[0]
        (tmp_path / "away").rename(made.folder)
        assert read(made.people.cert) == before
        await clock.advance(LOOK_S)

    assert said[1:] == ["certificates renewed: 1"]


def test_what_cannot_be_written_leaves_both_old_files(tmp_path: Path) -> None:
    key, cert = tmp_path / "a.key", tmp_path / "a.pem"
    place({key: b"1", cert: b"1"})
    (tmp_path / "a.pem.new").mkdir()
    with pytest.raises(OSError, match=r"a\.pem\.new"):
        place({key: b"2", cert: b"2"})

    assert (key.read_bytes(), cert.read_bytes()) == (b"1", b"1")


def test_a_failed_renewal_forgets_the_new_address(tmp_path: Path) -> None:
    authority = new_authority()
    made = Certificates(tmp_path / "tls", "local", _Once(authority))
    made.begin(authority.pem)
    made.service("game-server", "127.66.0.1")
    with pytest.raises(OSError, match="full"):
        made.service("game-server", "127.66.0.2")
    meet(made.service("game-server", "127.66.0.2"), made.people, "127.66.0.2")


class _Once:
    """An authority that fails the third time."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._times = 0

    def __call__(self, subject: Subject, since: datetime, until: datetime) -> Issued:
        self._times += 1
        if self._times == 3:
            raise OSError("the disk is full")
        return self._authority.issue(subject, since, until)


def read(path: Path | None) -> bytes:
    assert path is not None
    return path.read_bytes()
