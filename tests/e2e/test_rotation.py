"""Certificates and authorities replaced under load, on every side: no call fails."""

import asyncio
from pathlib import Path

import pytest

import fleet
from benchmarks.stage.load import champion, echo, steady
from benchmarks.stage.task import ECHO, addresses, tasks
from fleet.client.channel import Channel
from fleet.client.peer import Link
from fleet.endpoint import Endpoint
from tests.figures import Figure
from tests.support.certificates import Authority
from tests.support.until import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NAME = "game-server.local"


class Side:
    """The files of one side, which can be replaced."""

    def __init__(self, folder: Path, name: str) -> None:
        self.files = fleet.TlsFiles(
            ca=folder / f"{name}-ca.pem",
            cert=folder / f"{name}.pem",
            key=folder / f"{name}.key",
        )
        self._name = name

    def believe(self, *authorities: Authority) -> None:
        _replace(self.files.ca, b"".join(authority.pem for authority in authorities))

    def present(self, authority: Authority) -> None:
        cert, key = authority.issue(self._name)
        _replace(self.files.key, key)
        _replace(self.files.cert, cert)


def _replace(path: Path | None, content: bytes) -> None:
    assert path is not None
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def links(channel: Channel) -> set[Link]:
    """Return what the calls of now go over."""
    return {peer.link for peer in channel._balancer.peers}  # noqa: SLF001 - has no window


async def test_everything_is_rotated_under_load(tmp_path: Path, figure: Figure) -> None:
    old, new = Authority("old"), Authority("new")
    server, client = Side(tmp_path, NAME), Side(tmp_path, "gateway.local")
    for side in (server, client):
        side.believe(old)
        side.present(old)
    env = {
        "FLEET_TLS_CA": str(server.files.ca),
        "FLEET_TLS_CERT": str(server.files.cert),
        "FLEET_TLS_KEY": str(server.files.key),
        "FLEET_TLS_CALLERS": "gateway.local",
    }
    endpoints = addresses(81, 3)
    target = "fixed://" + ",".join(map(str, endpoints))
    tls = fleet.TlsConfig(files=client.files, name=NAME)
    config = fleet.ChannelConfig(tls=tls)
    async with (
        tasks(endpoints, command=ECHO, more_env=env),
        fleet.connect(target, config) as channel,
    ):
        await until(lambda: len(_picked(channel)) == 3, limit_s=30)
        async with steady(echo(channel, b"0.02"), per_s=200) as load:
            await until(lambda: load.made > 200)
            await _rotate(channel, [server, client], [old, new])
            await until(lambda: load.made > 1500, limit_s=30)
    figure(
        "calls lost, all certificates replaced", f"{load.failed} of {load.made}", "0"
    )
    assert not load.failures


def _picked(channel: Channel) -> list[str]:
    return [row.endpoint for row in channel.explain().rows if row.picked]


async def _rotate(
    channel: Channel, sides: list[Side], authorities: list[Authority]
) -> None:
    """Believe both, present the new, believe the new alone: the only safe order."""
    _, new = authorities
    before = links(channel)
    for side in sides:
        side.believe(*authorities)
    await until(lambda: not links(channel) & before, limit_s=20)
    await _adopted(channel)
    before = links(channel)
    for side in sides:
        side.present(new)
    await until(lambda: not links(channel) & before, limit_s=20)
    await _adopted(channel)
    before = links(channel)
    for side in sides:
        side.believe(new)
    await until(lambda: not links(channel) & before, limit_s=20)


async def _adopted(channel: Channel) -> None:
    """Give the servers, who cannot be asked, the time of three looks at their files."""
    await asyncio.sleep(3.0)
    assert len(_picked(channel)) == 3


async def test_a_server_asks_for_the_caller_s_name(tmp_path: Path) -> None:
    authority = Authority("one")
    server, client = Side(tmp_path, NAME), Side(tmp_path, "stranger.local")
    for side in (server, client):
        side.believe(authority)
        side.present(authority)
    env = {
        "FLEET_TLS_CA": str(server.files.ca),
        "FLEET_TLS_CERT": str(server.files.cert),
        "FLEET_TLS_KEY": str(server.files.key),
        "FLEET_TLS_CALLERS": "gateway.local",
    }
    [endpoint] = addresses(82, 1)
    tls = fleet.TlsConfig(files=client.files, name=NAME)
    async with (
        tasks([endpoint], more_env=env),
        fleet.connect(f"fixed://{endpoint}", fleet.ChannelConfig(tls=tls)) as channel,
    ):
        await until(lambda: len(_picked(channel)) == 1, limit_s=30)
        with pytest.raises(Exception, match="stranger"):
            await champion(channel)()


async def _why(endpoint: Endpoint, config: fleet.ChannelConfig) -> str:
    async with fleet.connect(f"fixed://{endpoint}", config) as channel:
        with pytest.raises(Exception, match="can be reached") as failed:
            await champion(channel)()
    return str(failed.value)


async def test_errors_say_what_is_wrong_with_a_certificate(tmp_path: Path) -> None:
    authority, stranger = Authority("one"), Authority("two")
    server, client = Side(tmp_path, NAME), Side(tmp_path, "gateway.local")
    server.believe(authority)
    server.present(authority)
    env = {
        "FLEET_TLS_CERT": str(server.files.cert),
        "FLEET_TLS_KEY": str(server.files.key),
    }
    [endpoint] = addresses(83, 1)
    async with tasks([endpoint], more_env=env):
        client.believe(authority)
        right = fleet.TlsFiles(ca=client.files.ca)
        named = fleet.TlsConfig(files=right, name=NAME)
        async with fleet.connect(
            f"fixed://{endpoint}", fleet.ChannelConfig(tls=named)
        ) as channel:
            await until(lambda: len(_picked(channel)) == 1, limit_s=30)
        other = fleet.TlsConfig(files=right, name="other.local")
        said = await _why(endpoint, fleet.ChannelConfig(tls=other))
        assert "not for other.local" in said
        client.believe(stranger)
        said = await _why(endpoint, fleet.ChannelConfig(tls=named))
        assert "authority that we do not know" in said
        said = await _why(endpoint, fleet.ChannelConfig())
        assert "it speaks TLS" in said
