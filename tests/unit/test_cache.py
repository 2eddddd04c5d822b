"""A cache freezes answers, and hides tasks by it."""

import pytest

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Rcode, Record, Reply
from fleet.local.dns.cache import Cache
from fleet.local.dns.zone import Zone

NAME = "game-server.local"


class Counting:
    """A source that says how often it was asked."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.asked = 0

    def reply(self, name: str, kind: str) -> Reply:
        """Give the one reply."""
        del name, kind
        self.asked += 1
        return self._reply


def record(ttl_s: int, kind: str = "A", text: str = "10.0.0.1") -> Record:
    return Record(NAME, kind, ttl_s, text)


def test_the_same_eight_are_shown_for_a_whole_ttl() -> None:
    now = [0.0]
    zone = Zone(ttl_s=10)
    for n in range(20):
        zone.register("game-server", Endpoint(f"10.0.0.{n}", 1))
    cache = Cache(zone, clock=lambda: now[0])
    texts = []
    for at in (0.0, 9.9, 10.0):
        now[0] = at
        texts.append({r.text for r in cache.reply(NAME, "A").answer})

    assert texts[0] == texts[1]
    assert texts[2] != texts[0]  # 1 in 125,970 they are the same by chance


@pytest.mark.parametrize(("at", "left"), [(0, 5), (0.9, 5), (1, 4), (4.9, 1)])
def test_the_ttl_counts_down_in_whole_seconds(at: float, left: int) -> None:
    now = [0.0]
    cache = Cache(Counting(Reply(Rcode.NOERROR, (record(5),))), clock=lambda: now[0])
    cache.reply(NAME, "A")
    now[0] = at

    reply = cache.reply(NAME, "A")
    assert reply.answer[0].ttl_s == left
    assert not reply.authoritative


SOA = record(60, "SOA", "localhost. hostmaster.local. 1 60 60 60 3")


@pytest.mark.parametrize(
    ("reply", "kept_s"),
    [
        pytest.param(Reply(Rcode.NOERROR, (record(5), record(2))), 2, id="least-ttl"),
        pytest.param(
            Reply(Rcode.NOERROR, (record(5),), (), (record(3),)), 3, id="additional"
        ),
        pytest.param(Reply(Rcode.NXDOMAIN, (), (SOA,)), 3, id="negative-by-soa"),
        pytest.param(Reply(Rcode.NXDOMAIN), 0, id="negative-without-soa"),
        pytest.param(Reply(Rcode.NOERROR, (record(0),)), 0, id="zero-ttl"),
        pytest.param(Reply(Rcode.REFUSED), 0, id="refused"),
    ],
)
def test_an_answer_is_kept_for_its_ttl(reply: Reply, kept_s: int) -> None:
    now = [0.0]
    source = Counting(reply)
    cache = Cache(source, clock=lambda: now[0])
    cache.reply(NAME, "A")
    if kept_s:
        now[0] = kept_s - 0.01
        cache.reply(NAME, "A")
    assert source.asked == 1

    now[0] = kept_s
    cache.reply(NAME, "A")
    assert source.asked == 2


def test_kinds_are_kept_apart() -> None:
    source = Counting(Reply(Rcode.NOERROR, (record(5),)))
    cache = Cache(source)
    cache.reply(NAME, "A")
    cache.reply(NAME, "AAAA")

    assert source.asked == 2


def test_ever_new_names_do_not_fill_the_memory() -> None:
    source = Counting(Reply(Rcode.NXDOMAIN, (), (SOA,)))
    cache = Cache(source, clock=lambda: 0.0)
    for n in range(10_001):
        cache.reply(f"{n}.local", "A")
    assert source.asked == 10_001

    cache.reply("10000.local", "A")  # the newest is still known
    assert source.asked == 10_001
    cache.reply("0.local", "A")  # the oldest is not
    assert source.asked == 10_002
