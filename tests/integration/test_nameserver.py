"""Our nameserver against real packets, good and bad."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Reply
from fleet.local.dns.cache import Cache
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.wire import respond
from fleet.local.dns.zone import Zone
from tests import programs

NAME = "game-server.local"
PATIENCE_S = 10


def zone_of(count: int = 3, service: str = "game-server") -> Zone:
    zone = Zone()
    for n in range(count):
        zone.register(service, Endpoint(f"127.0.0.{n + 1}", 5000))
    return zone


def query(
    name: str = NAME, kind: str = "A", edns: int = -1, payload: int = 1232
) -> dns.message.Message:
    return dns.message.make_query(name, kind, use_edns=edns, payload=payload)


class Datagrams(asyncio.DatagramProtocol):
    """What came in, in order."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep the packet."""
        del addr
        self.received.put_nowait(data)


class Udp:
    """A client that sends bytes and waits for bytes."""

    def __init__(self, transport: asyncio.DatagramTransport, inbox: Datagrams) -> None:
        self._transport = transport
        self._inbox = inbox

    async def ask(self, packet: bytes) -> bytes:
        """Send and wait for whatever comes."""
        self.send(packet)
        async with asyncio.timeout(PATIENCE_S):
            return await self._inbox.received.get()

    def send(self, packet: bytes) -> None:
        """Send only."""
        self._transport.sendto(packet)


@contextlib.asynccontextmanager
async def udp(there: Endpoint) -> AsyncIterator[Udp]:
    transport, inbox = await asyncio.get_running_loop().create_datagram_endpoint(
        Datagrams, remote_addr=(there.host, there.port)
    )
    with contextlib.closing(transport):
        yield Udp(transport, inbox)


class Tcp:
    """A client that sends messages, or parts of them, over one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, packet: bytes) -> bytes:
        """Send a whole message and wait for one."""
        self.writer.write(len(packet).to_bytes(2) + packet)
        return await self.receive()

    async def receive(self) -> bytes:
        """Wait for a whole message."""
        async with asyncio.timeout(PATIENCE_S):
            length = int.from_bytes(await self._reader.readexactly(2))
            return await self._reader.readexactly(length)

    async def is_closed(self) -> bool:
        """Wait until the other side closes; anything it says first is wrong."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self._reader.read() == b""
            except ConnectionResetError:
                return True


@contextlib.asynccontextmanager
async def tcp(there: Endpoint) -> AsyncIterator[Tcp]:
    reader, writer = await asyncio.open_connection(there.host, there.port)
    with contextlib.closing(writer):
        yield Tcp(reader, writer)


def addresses(packet: bytes) -> set[str]:
    message = dns.message.from_wire(packet)
    return {str(record) for rrset in message.answer for record in rrset}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("wire", [udp, tcp])
async def test_answers_over(wire: object, host: str) -> None:
    ask = query()
    async with (
        nameserver(zone_of(), host, 0) as there,
        tcp(there) if wire is tcp else udp(there) as client,
    ):
        packet = await client.ask(ask.to_wire())

    assert there.host == host
    response = dns.message.from_wire(packet)
    assert ask.is_response(response)
    assert response.flags & dns.flags.AA
    assert addresses(packet) == {"127.0.0.1", "127.0.0.2", "127.0.0.3"}


@pytest.mark.needs("dig")
async def test_dig_lists_the_tasks() -> None:
    async with nameserver(zone_of(), port=0) as there:
        dig = await asyncio.create_subprocess_exec(
            programs.find("dig") or "",
            *(f"@{there.host}", "-p", str(there.port), "+short", NAME),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await dig.communicate()

    assert sorted(output.split()) == [b"127.0.0.1", b"127.0.0.2", b"127.0.0.3"]


@pytest.mark.parametrize(
    ("name", "kind", "rcode", "soa"),
    [
        ("stranger.local", "A", dns.rcode.NXDOMAIN, True),
        (NAME, "AAAA", dns.rcode.NOERROR, True),
        (NAME, "TYPE65280", dns.rcode.NOERROR, True),
        ("example.com", "A", dns.rcode.REFUSED, False),
        (".", "NS", dns.rcode.REFUSED, False),
        ("local", "AXFR", dns.rcode.REFUSED, False),
        ("local", "IXFR", dns.rcode.REFUSED, False),
        ("we\\.ird\\000.local", "A", dns.rcode.NXDOMAIN, True),
    ],
)
async def test_says_why_there_is_nothing(
    name: str, kind: str, rcode: dns.rcode.Rcode, *, soa: bool
) -> None:
    packet = respond(query(name, kind).to_wire(), zone_of(), over_tcp=False)
    response = dns.message.from_wire(packet or b"")

    assert response.rcode() == rcode
    assert bool(response.authority) == soa
    assert not soa or response.authority[0].ttl == 1


def test_a_name_is_found_in_any_case_and_comes_back_as_it_was_asked() -> None:
    packet = respond(query("gAmE-sErVeR.lOcAl").to_wire(), zone_of(), over_tcp=False)
    response = dns.message.from_wire(packet or b"")

    assert response.answer[0].name.to_text() == "gAmE-sErVeR.lOcAl."


def test_a_question_for_anything_gets_one_kind() -> None:
    packet = respond(query(kind="ANY").to_wire(), zone_of(), over_tcp=False)

    assert len(addresses(packet or b"")) == 3


def test_a_cache_does_not_claim_to_be_the_source() -> None:
    packet = respond(query().to_wire(), Cache(zone_of()), over_tcp=False)
    flags = dns.message.from_wire(packet or b"").flags

    assert not flags & dns.flags.AA
    assert flags & dns.flags.RA


def test_an_unknown_version_of_edns_is_said_so() -> None:
    packet = respond(query(edns=1).to_wire(), zone_of(), over_tcp=False)

    assert dns.message.from_wire(packet or b"").rcode() == dns.rcode.BADVERS


def test_another_class_is_refused() -> None:
    ask = dns.message.make_query("version.bind", "TXT", "CH")
    packet = respond(ask.to_wire(), zone_of(), over_tcp=False)

    assert dns.message.from_wire(packet or b"").rcode() == dns.rcode.REFUSED


LONG = "x" * 60


@pytest.mark.parametrize(
    ("edns", "payload", "most", "cut"),
    [
        pytest.param(-1, 1232, 512, True, id="without-edns"),
        pytest.param(0, 100, 512, True, id="edns-too-small"),
        pytest.param(0, 600, 600, True, id="edns"),
        pytest.param(0, 9000, 1232, False, id="it-fits"),
    ],
)
async def test_what_does_not_fit_is_cut_and_comes_over_tcp(
    edns: int, payload: int, most: int, *, cut: bool
) -> None:
    ask = query(f"{LONG}.local", "SRV", edns, payload).to_wire()
    async with nameserver(zone_of(8, LONG), port=0) as there:
        async with udp(there) as client:
            short = await client.ask(ask)
        async with tcp(there) as client_:
            whole = dns.message.from_wire(await client_.ask(ask))

    assert len(short) <= most
    assert bool(dns.message.from_wire(short).flags & dns.flags.TC) == cut
    assert len(whole.answer[0]) == 8


def test_dropped_hints_alone_do_not_send_anybody_to_tcp() -> None:
    ask = query(kind="SRV").to_wire()
    packet = respond(ask, zone_of(8), over_tcp=False)
    response = dns.message.from_wire(packet or b"")

    assert len(packet or b"") <= 512
    assert len(response.answer[0]) == 8
    assert len(response.additional) < 8
    assert not response.flags & dns.flags.TC


def test_a_bug_of_the_source_is_loud_and_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def reply(self, name: str, kind: str) -> Reply:
            """Fail."""
            raise KeyError(name, kind)

    packet = respond(query().to_wire(), Broken(), over_tcp=False)

    assert dns.message.from_wire(packet or b"").rcode() == dns.rcode.SERVFAIL
    assert "KeyError" in caplog.text


# Hostile packets.


def header(flags: int = 0, questions: int = 1) -> bytes:
    return (77).to_bytes(2) + flags.to_bytes(2) + questions.to_bytes(2) + bytes(6)


QUESTION = b"\x05local\x00\x00\x01\x00\x01"


@pytest.mark.parametrize(
    ("packet", "rcode"),
    [
        pytest.param(b"", None, id="nothing"),
        pytest.param(header()[:11], None, id="shorter-than-a-header"),
        pytest.param(header(0x8000) + QUESTION, None, id="a-response"),
        pytest.param(header(), dns.rcode.FORMERR, id="question-missing"),
        pytest.param(header(questions=0), dns.rcode.FORMERR, id="no-question"),
        pytest.param(
            header(questions=2) + QUESTION * 2, dns.rcode.FORMERR, id="two-questions"
        ),
        pytest.param(header() + QUESTION + b"x", dns.rcode.FORMERR, id="trailing-junk"),
        pytest.param(
            header() + b"\xc0\x0c\x00\x01\x00\x01", dns.rcode.FORMERR, id="loop"
        ),
        pytest.param(header() + b"\x3fabc", dns.rcode.FORMERR, id="label-cut-off"),
        pytest.param(header() + b"\x80" + QUESTION, dns.rcode.FORMERR, id="label-type"),
        pytest.param(
            header() + b"\x3f" + b"x" * 63 + QUESTION * 99, dns.rcode.FORMERR, id="long"
        ),
        pytest.param(header(0x2800) + QUESTION, dns.rcode.NOTIMP, id="update"),
        pytest.param(header(0x7800) + QUESTION, dns.rcode.NOTIMP, id="unknown-opcode"),
        pytest.param(header(0x0200) + QUESTION, dns.rcode.NOERROR, id="cut-question"),
    ],
)
def test_a_hostile_packet_gets_what_it_deserves(
    packet: bytes, rcode: dns.rcode.Rcode | None
) -> None:
    response = respond(packet, zone_of(), over_tcp=False)

    if rcode is None:
        assert response is None
    else:
        assert response is not None
        assert response[:2] == packet[:2]
        assert dns.message.from_wire(response).rcode() == rcode


@settings(deadline=None)  # a busy machine is no bug
@given(st.binary(max_size=600), st.booleans())
def test_no_packet_breaks_it(packet: bytes, over_tcp: bool) -> None:  # noqa: FBT001 - hypothesis fills positional ones
    response = respond(packet, zone_of(), over_tcp=over_tcp)

    assert response is None or dns.message.from_wire(response).id == int.from_bytes(
        packet[:2]
    )


def mutants(rng: random.Random, count: int) -> list[bytes]:
    """Return real questions with some bytes changed, lost or added."""
    kinds = ["A", "SRV", "AAAA", "ANY", "SOA"]
    made = []
    for n in range(count):
        packet = bytearray(query(kind=kinds[n % 5], edns=0).to_wire())
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(packet))
            change = rng.choice(["set", "cut", "add"])
            if change == "set":
                packet[at] = rng.randrange(256)
            elif change == "cut":
                del packet[at : at + rng.randint(1, 5)]
            else:
                packet[at:at] = rng.randbytes(rng.randint(1, 9))
            if not packet:
                break
        made.append(bytes(packet))
    return made


async def test_survives_a_storm_of_garbage_and_mutants(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rng = random.Random(4)
    storm = mutants(rng, 3000) + [
        rng.randbytes(rng.randrange(600)) for _ in range(1000)
    ]
    rng.shuffle(storm)
    async with (
        nameserver(zone_of(), port=0) as there,
        udp(there) as asker,
        udp(there) as attacker,
    ):
        for burst in range(0, len(storm), 50):
            for packet in storm[burst : burst + 50]:
                attacker.send(packet)
            answer = await asker.ask(query().to_wire())
            assert len(addresses(answer)) == 3

    assert caplog.records == []  # no packet found a bug


async def test_a_storm_over_tcp_leaves_it_standing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rng = random.Random(5)
    async with nameserver(zone_of(), port=0, idle_s=0.2) as there:
        for packet in mutants(rng, 150):
            async with tcp(there) as attacker:
                attacker.writer.write(len(packet).to_bytes(2) + packet)
                attacker.writer.write(rng.randbytes(rng.randrange(9)))
                await attacker.writer.drain()
        async with tcp(there) as asker:
            assert len(addresses(await asker.ask(query().to_wire()))) == 3

    assert caplog.records == []


# TCP connections.


async def test_one_connection_carries_many_questions() -> None:
    async with nameserver(zone_of(), port=0) as there, tcp(there) as client:
        packet = query().to_wire()
        client.writer.write((len(packet).to_bytes(2) + packet) * 20)

        for _ in range(20):
            assert len(addresses(await client.receive())) == 3


async def test_a_message_may_come_byte_by_byte() -> None:
    packet = query().to_wire()
    async with nameserver(zone_of(), port=0) as there, tcp(there) as client:
        for byte in len(packet).to_bytes(2) + packet:
            client.writer.write(bytes([byte]))
            await client.writer.drain()

        assert len(addresses(await client.receive())) == 3


async def test_the_answer_comes_after_the_asker_said_it_is_done() -> None:
    async with nameserver(zone_of(), port=0) as there, tcp(there) as client:
        packet = query().to_wire()
        client.writer.write(len(packet).to_bytes(2) + packet)
        client.writer.write_eof()

        assert len(addresses(await client.receive())) == 3
        assert await client.is_closed()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00", id="half-a-length"),
        pytest.param(b"\x00\x20half", id="half-a-message"),
        pytest.param(b"\x00\x00", id="an-empty-message"),
        pytest.param(b"\x00\x0c" + header(0x8000), id="a-response"),
    ],
)
async def test_a_connection_without_a_question_is_closed(said: bytes) -> None:
    async with nameserver(zone_of(), port=0, idle_s=0.1) as there, tcp(there) as client:
        client.writer.write(said)

        assert await client.is_closed()


async def test_a_connection_too_many_is_closed_and_a_later_one_is_not() -> None:
    packet = query().to_wire()
    async with nameserver(zone_of(), port=0) as there:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(64):
                client = await stack.enter_async_context(tcp(there))
                await client.ask(packet)
            one_more = await stack.enter_async_context(tcp(there))
            assert await one_more.is_closed()
            async with udp(there) as datagrams:  # is another matter
                assert len(addresses(await datagrams.ask(packet))) == 3
        async with asyncio.timeout(PATIENCE_S):
            while not await answers(there):  # the 64 are leaving one by one
                pass


async def answers(there: Endpoint) -> bool:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        async with tcp(there) as client:
            return len(addresses(await client.ask(query().to_wire()))) == 3
    return False


async def test_an_asker_that_never_reads_is_left() -> None:
    async with nameserver(zone_of(8), port=0, idle_s=0.2) as there:
        _, writer = await asyncio.open_connection(there.host, there.port, limit=1)
        packet = query(kind="SRV").to_wire()
        with pytest.raises(ConnectionError):  # noqa: PT012 - whichever send notices
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    writer.write((len(packet).to_bytes(2) + packet) * 100)
                    await writer.drain()
        writer.close()


async def test_leaving_closes_connections_and_both_ports() -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with nameserver(zone_of(), port=0) as there:
            client = await stack.enter_async_context(tcp(there))
            await client.ask(query().to_wire())
        assert await client.is_closed()

    async with nameserver(zone_of(), there.host, there.port) as again:
        assert again == there
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_a_taken_port_is_an_error_and_leaves_nothing_open(kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="already in use"):
            async with nameserver(zone_of(), port=port):
                pass

    async with nameserver(zone_of(), port=port) as there:
        assert there.port == port


async def test_a_foreign_address_is_an_error() -> None:
    with pytest.raises(OSError, match=r"assign|bind"):
        async with nameserver(zone_of(), "192.0.2.1", 0):
            pass
