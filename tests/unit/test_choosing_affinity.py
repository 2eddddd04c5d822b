"""Where keys belong, and how few of them ever move."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from fleet.client.choosing.affinity import AffinityConfig, Ring
from fleet.endpoint import Endpoint

KEYS = [f"room-{n}" for n in range(10_000)]
ROOM = AffinityConfig(header="room")


@dataclass(eq=False)
class Task:
    """A peer as hashing sees it."""

    endpoint: Endpoint
    in_flight: int = 0


def tasks(count: int) -> list[Task]:
    return [
        Task(Endpoint(f"127.61.{n // 250}.{n % 250 + 1}", 5000)) for n in range(count)
    ]


def anybody(_: Task) -> bool:
    return True


def places(peers: Sequence[Task], keys: Sequence[str] = KEYS) -> list[Task | None]:
    ring = Ring(peers, ROOM)
    return [ring.pick(key, anybody) for key in keys]


@pytest.mark.parametrize(
    ("count", "keys", "most"),
    [
        pytest.param(10, 10_000, 1.35, id="10"),
        pytest.param(100, 10_000, 1.5, id="100"),
        pytest.param(1000, 20_000, 2.1, id="1000-near-what-chance-alone-gives"),
    ],
)
def test_keys_are_spread(count: int, keys: int, most: float) -> None:
    counts = Counter(places(tasks(count), [f"room-{n}" for n in range(keys)]))
    assert max(counts.values()) < most * keys / count
    assert len(counts) == count


def test_only_the_keys_of_the_one_that_leaves_move_and_to_all_others() -> None:
    peers = tasks(10)
    gone = peers[3]
    before, after = places(peers), places([p for p in peers if p is not gone])
    moved = [new for old, new in zip(before, after, strict=True) if old is not new]
    assert len(moved) == before.count(gone)
    assert 0.065 < len(moved) / len(KEYS) < 0.135
    assert len(set(moved)) == 9


def test_who_is_refused_moves_its_keys_to_where_they_are_when_it_has_left() -> None:
    peers = tasks(10)
    refused = set(peers[2:5])
    ring = Ring(peers, ROOM)
    around = [ring.pick(key, lambda peer: peer not in refused) for key in KEYS]
    assert around == places([peer for peer in peers if peer not in refused])


def test_every_client_agrees_whatever_the_order_of_its_peers() -> None:
    peers = tasks(10)
    assert places(peers) == places(peers[::-1])
    # Of other versions and machines, too: these are the places for ever.
    ring = Ring(peers, ROOM)
    found = [ring.pick(f"room-{n}", anybody) for n in range(4)]
    hosts = [peer.endpoint.host for peer in found if peer]
    assert hosts == ["127.61.0.2", "127.61.0.10", "127.61.0.6", "127.61.0.6"]


@pytest.mark.parametrize(
    "key",
    ["", b"", "a" * 1_000_000, bytes(range(256)), "ключ", "\ud800", "\0"],
    ids=["empty", "no-bytes", "1-MB", "all-bytes", "unicode", "surrogate", "nul"],
)
def test_any_key_has_a_place(key: str | bytes) -> None:
    ring = Ring(tasks(10), ROOM)
    place = ring.pick(key, anybody)
    assert place is not None
    assert ring.pick(key, anybody) is place


def test_text_and_its_bytes_are_one_key() -> None:
    ring = Ring(tasks(10), ROOM)
    assert ring.pick("room-ä", anybody) is ring.pick("room-ä".encode(), anybody)


def test_nobody_is_picked_of_none_and_when_nobody_is_allowed() -> None:
    none: list[Task] = []
    for config in (ROOM, AffinityConfig(header="room", overload_factor=1.25)):
        assert Ring(none, config).pick("a", anybody) is None
    for count in (1, 10):
        assert Ring(tasks(count), ROOM).pick("a", lambda _: False) is None


def hold(factor: float | None, peers: Sequence[Task], keys: Sequence[str]) -> None:
    """Start a call for each of *keys* that does not end."""
    ring = Ring(peers, AffinityConfig(header="room", overload_factor=factor))
    for key in keys:
        peer = ring.pick(key, anybody)
        assert peer is not None
        peer.in_flight += 1


@pytest.mark.parametrize(("factor", "most"), [(1.0, 100), (1.25, 125), (None, 1000)])
def test_a_popular_key_overflows_to_its_next_tasks(
    factor: float | None, most: int
) -> None:
    peers = tasks(10)
    hold(factor, peers, ["popular"] * 1000)
    assert max(peer.in_flight for peer in peers) == most


def test_a_bound_on_the_load_of_many_peers_holds_between_two_sums() -> None:
    peers = tasks(200)
    hold(1.25, peers, KEYS)
    assert max(peer.in_flight for peer in peers) <= 63  # 1.25 times 50


def test_a_load_that_ended_is_forgotten() -> None:
    peers = tasks(40)
    ring = Ring(peers, AffinityConfig(header="room", overload_factor=1.25))
    first = ring.pick("room", anybody)
    assert first is not None
    first.in_flight = 1000
    for _ in range(40):
        assert ring.pick("room", anybody) is not first
    first.in_flight = 0
    assert ring.pick("room", anybody) is first


def test_a_bound_gives_way_when_only_the_loaded_are_allowed() -> None:
    peers = tasks(3)
    peers[0].in_flight = 99
    ring = Ring(peers, AffinityConfig(header="room", overload_factor=1.25))
    assert ring.pick("room", lambda peer: peer is peers[0]) is peers[0]


@pytest.mark.parametrize("header", ["", "Room", "room id", "room\n", "raum-ä"])
def test_a_header_that_no_metadata_can_have_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match=r"AffinityConfig\.header"):
        AffinityConfig(header=header)


@pytest.mark.parametrize("factor", [0.9, 101, float("nan")])
def test_a_bound_below_the_mean_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="overload_factor"):
        AffinityConfig(header="room", overload_factor=factor)
