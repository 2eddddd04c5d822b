"""What can be wrong with nameservers, told apart and survived."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from fleet.discovery.dns.lookup import dns as dns_lookup
from fleet.discovery.dns.resolver import Resolver
from fleet.discovery.target import lookup_for
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.zone import Zone
from tests.named import free_port, named

needs_named = pytest.mark.needs("named")
A = Endpoint("10.0.0.1", 5000)


def hosts(count: int) -> set[str]:
    return {f"10.0.{n // 50}.{n % 50}" for n in range(count)}


RECORDS = [
    "game-server A 10.0.0.1",
    "game-server A 10.0.0.2",
    "six AAAA ::1",
    "both A 10.0.0.1",
    "both AAAA ::1",
    "alias CNAME game-server",
    "chain CNAME alias",
    "loop CNAME pool",
    "pool CNAME loop",
    "astray CNAME game-server.example.com.",
    "elsewhere NS ns.elsewhere",
    "ns.elsewhere A 192.0.2.1",
    "text TXT hello",
    "slow 3600 A 10.0.0.1",
    *(f"many A {host}" for host in hosts(90)),
    "hinted SRV 1 1 81 both",
    "two SRV 1 1 81 game-server",
    "two SRV 1 1 82 game-server",
    "lost SRV 1 1 81 nobody",
    "away SRV 0 0 0 .",
    "spare SRV 5 1 81 both",
    "spare SRV 6 1 82 both",
]
PAIR = {"10.0.0.1:80", "10.0.0.2:80"}
MANY = {f"{host}:80" for host in hosts(90)}


@needs_named
@pytest.mark.parametrize(
    ("name", "expected", "ttl_s"),
    [
        pytest.param("game-server.local:80", PAIR, 1, id="a"),
        pytest.param(
            "GAME-server.LOCAL.:80", {"10.0.0.1:80", "10.0.0.2:80"}, 1, id="cased"
        ),
        pytest.param("six.local:80", {"[::1]:80"}, 1, id="aaaa"),
        pytest.param("both.local:80", {"10.0.0.1:80"}, 1, id="a-before-aaaa"),
        pytest.param("chain.local:80", PAIR, 1, id="aliases"),
        pytest.param("slow.local:80", {"10.0.0.1:80"}, 3600, id="its-own-ttl"),
        pytest.param("nobody.local:80", set(), 1, id="no-such-name"),
        pytest.param("text.local:80", set(), 1, id="no-such-record"),
        pytest.param("many.local:80", MANY, 1, id="over-tcp"),
        pytest.param("hinted.local", {"10.0.0.1:81"}, 1, id="srv"),
        pytest.param(
            "two.local",
            {f"10.0.0.{n}:{port}" for n in (1, 2) for port in (81, 82)},
            1,
            id="two-ports-two-addresses",
        ),
        pytest.param("lost.local", set(), 1, id="srv-of-nobody"),
        pytest.param("away.local", set(), 1, id="srv-of-nothing"),
        pytest.param("spare.local", {"10.0.0.1:81"}, 1, id="srv-priority"),
        pytest.param("nobody.local", set(), 1, id="no-such-srv"),
        pytest.param("localhost:80", {"127.0.0.1:80"}, float("inf"), id="localhost"),
    ],
)
async def test_reads_what_bind_says(
    bind: Endpoint, name: str, expected: set[str], ttl_s: float
) -> None:
    answer = await lookup_for(f"dns://{bind}/{name}")()

    assert {str(endpoint) for endpoint in answer.endpoints} == expected
    assert answer.ttl_s == ttl_s


@needs_named
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("game-server.broken:80", "(SERVFAIL)", id="servfail"),
        pytest.param("example.com:80", "refuses to answer", id="refused"),
        pytest.param("elsewhere.local:80", "only points", id="referral"),
        pytest.param("astray.local:80", "only points", id="alias-out"),
        pytest.param("loop.local:80", "", id="alias-loop"),
        pytest.param("broken", "failed itself (SERVFAIL)", id="srv-servfail"),
    ],
)
async def test_what_bind_does_not_know_is_a_failure(
    bind: Endpoint, name: str, reason: str
) -> None:
    with pytest.raises(ResolveFailed) as failed:
        await lookup_for(f"dns://{bind}/{name}")()

    assert reason in failed.value.reason
    assert name.partition(":")[0] in str(failed.value)


@pytest.fixture
async def bind(tmp_path: Path) -> AsyncIterator[Endpoint]:
    """BIND with all records."""
    async with named(tmp_path, RECORDS) as (there, _):
        yield there


@needs_named
async def test_a_silent_bind_is_called_silent(tmp_path: Path) -> None:
    async with named(tmp_path, RECORDS) as (there, process):
        process.freeze()
        with pytest.raises(ResolveFailed, match=f"{there} is silent"):
            await lookup_for(f"dns://{there}/game-server.local:80")()


@needs_named
async def test_a_dead_first_nameserver_costs_nothing(bind: Endpoint) -> None:
    dead = f"127.0.0.1:{free_port()}"
    answer = await lookup_for(f"dns://{dead},{bind}/both.local:80")()

    assert answer.endpoints == {Endpoint("10.0.0.1", 80)}


# Nameservers that nobody would run on purpose.

Behaviour = Callable[[bytes], Iterable[bytes]]


class Odd(asyncio.DatagramProtocol):
    """Sends whatever its behaviour makes of a packet."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer as the behaviour says."""
        self.asked += 1
        for packet in self._behaviour(data):
            self._transport.sendto(packet, addr)


@contextlib.asynccontextmanager
async def odd(behaviour: Behaviour) -> AsyncIterator[tuple[Endpoint, Odd]]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Odd(behaviour), local_addr=("127.0.0.1", free_port())
    )
    with contextlib.closing(transport):
        yield Endpoint(*transport.get_extra_info("sockname")), protocol


def response(packet: bytes, host: str = "10.0.0.1") -> dns.message.Message:
    query = dns.message.from_wire(packet)
    made = dns.message.make_response(query)
    name = query.question[0].name
    made.answer = [dns.rrset.from_text(name, 7, "IN", "A", host)]
    return made


def good(packet: bytes) -> list[bytes]:
    return [response(packet).to_wire()]


def silent(_: bytes) -> list[bytes]:
    return []


def echo(packet: bytes) -> list[bytes]:
    return [packet]


def noise(_: bytes) -> list[bytes]:
    return [b"", b"\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(600)]


def wrong_id(packet: bytes) -> list[bytes]:
    [wire] = good(packet)
    return [bytes([wire[0] ^ 1]) + wire[1:]]


def other_question(packet: bytes) -> list[bytes]:
    made = response(packet)
    made.question = dns.message.make_query("evil.local", "A").question
    return [made.to_wire()]


def cut_off(packet: bytes) -> list[bytes]:
    return [good(packet)[0][:-3]]


def truncated(packet: bytes) -> list[bytes]:
    made = response(packet)
    made.flags |= dns.flags.TC
    return [made.to_wire()]


def code(rcode: dns.rcode.Rcode) -> Behaviour:
    def behaviour(packet: bytes) -> list[bytes]:
        made = response(packet)
        made.answer = []
        made.set_rcode(rcode)
        return [made.to_wire()]

    return behaviour


def denies_what_it_answers(packet: bytes) -> list[bytes]:
    made = response(packet)
    made.set_rcode(dns.rcode.NXDOMAIN)
    return [made.to_wire()]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        pytest.param(silent, "is silent", id="silent"),
        pytest.param(echo, "sends garbage", id="echo"),
        pytest.param(noise, "sends garbage", id="noise"),
        pytest.param(wrong_id, "sends garbage", id="wrong-id"),
        pytest.param(other_question, "sends garbage", id="other-question"),
        pytest.param(cut_off, "sends garbage", id="cut-off"),
        pytest.param(truncated, "nobody listens", id="truncated-without-tcp"),
        pytest.param(code(dns.rcode.SERVFAIL), "(SERVFAIL)", id="servfail"),
        pytest.param(code(dns.rcode.REFUSED), "(REFUSED)", id="refused"),
        pytest.param(code(dns.rcode.FORMERR), "(FORMERR)", id="formerr"),
        pytest.param(code(dns.rcode.NOTIMP), "(NOTIMP)", id="notimp"),
        pytest.param(code(dns.rcode.NOTAUTH), "answered NOTAUTH", id="another-code"),
        pytest.param(code(dns.rcode.YXDOMAIN), "", id="yxdomain"),
        pytest.param(denies_what_it_answers, "cannot be asked", id="contradiction"),
    ],
)
async def test_trouble_is_told_in_its_own_words_and_in_time(
    behaviour: Behaviour, reason: str
) -> None:
    async with odd(behaviour) as (there, _), asyncio.timeout(10):
        with pytest.raises(ResolveFailed) as failed:
            await lookup_for(f"dns://{there}/game-server.local:80")()

    assert reason in failed.value.reason
    assert str(there) in failed.value.reason or not reason


async def test_nobody_at_the_port_is_not_mistaken_for_silence() -> None:
    port = free_port()
    with pytest.raises(ResolveFailed, match=f"127.0.0.1:{port} is not there"):
        await lookup_for(f"dns://127.0.0.1:{port}/game-server.local:80")()


async def test_the_answer_is_taken_after_any_garbage() -> None:
    def late(packet: bytes) -> list[bytes]:
        return [*noise(packet), *wrong_id(packet), *good(packet), *good(packet)]

    async with odd(late) as (there, _):
        answer = await lookup_for(f"dns://{there}/game-server.local:80")()

    assert answer.endpoints == {Endpoint("10.0.0.1", 80)}
    assert answer.ttl_s == 7


@pytest.mark.parametrize(
    "first", [silent, noise, code(dns.rcode.SERVFAIL), code(dns.rcode.REFUSED)]
)
async def test_the_next_nameserver_is_asked_when_one_fails(first: Behaviour) -> None:
    async with odd(first) as (bad, _), odd(good) as (there, _):
        answer = await lookup_for(f"dns://{bad},{there}/game-server.local:80")()

    assert answer.endpoints == {Endpoint("10.0.0.1", 80)}


async def test_every_nameserver_that_failed_is_named() -> None:
    async with odd(code(dns.rcode.SERVFAIL)) as (one, _), odd(noise) as (two, _):
        with pytest.raises(ResolveFailed) as failed:
            await lookup_for(f"dns://{one},{two}/game-server.local:80")()

    assert f"{one} failed itself" in failed.value.reason
    assert f"{two} sends garbage" in failed.value.reason


async def test_a_silent_nameserver_costs_its_second_only_once() -> None:
    async with odd(silent) as (bad, protocol), odd(good) as (there, _):
        lookup = lookup_for(f"dns://{bad},{there}/game-server.local:80")
        for _ in range(5):
            await lookup()

    assert protocol.asked == 1


# The nameservers of the system.


async def test_a_neighbour_is_found_in_the_domain_of_the_system(tmp_path: Path) -> None:
    zone = Zone()
    zone.register("game-server", A)
    system = tmp_path / "resolv.conf"
    system.write_text("nameserver 127.0.0.1\nsearch local\n")
    async with nameserver(zone, port=0) as there:
        resolver = Resolver(system=str(system), system_port=there.port)
        answers = [
            await dns_lookup(name, 5000, questions=resolver)()
            for name in ("game-server", "game-server.local")
        ]

    assert [set(answer.endpoints) for answer in answers] == [{A}, {A}]


async def test_a_change_of_the_system_is_seen_after_a_failure(tmp_path: Path) -> None:
    zone = Zone()
    zone.register("game-server", A)
    system = tmp_path / "resolv.conf"
    system.write_text("nameserver ::1\n")
    async with nameserver(zone, "127.0.0.1", 0) as there:
        resolver = Resolver(system=str(system), system_port=there.port)
        lookup = dns_lookup("game-server.local", 5000, questions=resolver)
        with pytest.raises(ResolveFailed):
            await lookup()
        system.write_text("nameserver 127.0.0.1\n")

        assert (await lookup()).endpoints == {A}


@pytest.mark.parametrize("text", ["", "# nothing\n", "nameserver\n", "\x00\xff"])
async def test_a_system_without_nameservers_says_so(tmp_path: Path, text: str) -> None:
    system = tmp_path / "resolv.conf"
    system.write_text(text)
    resolver = Resolver(system=str(system))
    with pytest.raises(ResolveFailed, match="the system names no nameserver"):
        await dns_lookup("game-server.local", 80, questions=resolver)()


async def test_a_system_without_the_file_says_so(tmp_path: Path) -> None:
    resolver = Resolver(system=str(tmp_path / "missing"))
    with pytest.raises(ResolveFailed, match="the system names no nameserver"):
        await dns_lookup("game-server.local", 80, questions=resolver)()
