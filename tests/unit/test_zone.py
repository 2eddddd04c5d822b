"""A zone answers as Cloud Map does."""

import random
from collections import Counter

import pytest

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Rcode, Reply
from fleet.local.dns.zone import Zone

A, B = Endpoint("127.0.0.1", 5000), Endpoint("127.0.0.2", 5000)
SIX = Endpoint("::1", 5000)
NAME = "game-server.local"


def zone_of(*endpoints: Endpoint) -> Zone:
    zone = Zone(rng=random.Random(1))
    for endpoint in endpoints:
        zone.register("game-server", endpoint)
    return zone


def texts(reply: Reply) -> set[str]:
    return {record.text for record in reply.answer}


def test_lists_every_endpoint_with_its_ttl() -> None:
    zone = Zone(ttl_s=7)
    zone.register("game-server", A)
    zone.register("game-server", B)
    reply = zone.reply(NAME, "A")

    assert texts(reply) == {"127.0.0.1", "127.0.0.2"}
    assert {(r.name, r.kind, r.ttl_s) for r in reply.answer} == {(NAME, "A", 7)}


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        pytest.param("stranger.local", "A", Rcode.NXDOMAIN, id="stranger"),
        pytest.param("a.b.c.local", "A", Rcode.NXDOMAIN, id="deep-stranger"),
        pytest.param("x.game-server.local", "A", Rcode.NXDOMAIN, id="no-such-target"),
        pytest.param(NAME, "AAAA", Rcode.NOERROR, id="no-such-record"),
        pytest.param(NAME, "TYPE65", Rcode.NOERROR, id="unknown-kind"),
        pytest.param("local", "A", Rcode.NOERROR, id="apex"),
    ],
)
def test_what_is_not_there_is_told_with_a_short_soa(
    name: str, kind: str, rcode: Rcode
) -> None:
    reply = zone_of(A).reply(name, kind)

    assert (reply.rcode, reply.answer) == (rcode, ())
    [soa] = reply.authority
    assert (soa.name, soa.kind, soa.ttl_s) == ("local", "SOA", 1)
    assert soa.text.endswith(" 1")


@pytest.mark.parametrize(
    "name",
    ["example.com", "", "local.example", "notlocal", "com", "game-server.locals"],
)
def test_other_zones_are_refused(name: str) -> None:
    assert zone_of(A).reply(name, "A") == Reply(Rcode.REFUSED)


@pytest.mark.parametrize("kind", ["SOA", "NS"])
def test_the_apex_tells_who_is_responsible(kind: str) -> None:
    [record] = zone_of().reply("local", kind).answer

    assert record.kind == kind


def test_shows_eight_of_twenty_at_random() -> None:
    zone = zone_of(*(Endpoint(f"10.0.0.{n}", 1) for n in range(20)))
    seen = Counter[str]()
    for _ in range(500):
        shown = [record.text for record in zone.reply(NAME, "A").answer]
        assert len(shown) == len(set(shown)) == 8
        seen.update(shown)

    assert len(seen) == 20
    assert min(seen.values()) > 150  # of 200 expected


def test_an_unhealthy_endpoint_is_not_shown() -> None:
    zone = zone_of(A, B)
    zone.set_health("game-server", A, healthy=False)
    assert texts(zone.reply(NAME, "A")) == {B.host}

    zone.set_health("game-server", A, healthy=True)
    assert texts(zone.reply(NAME, "A")) == {A.host, B.host}


@pytest.mark.parametrize("kind", ["A", "SRV"])
def test_when_all_are_unhealthy_up_to_eight_are_shown(kind: str) -> None:
    endpoints = [Endpoint(f"10.0.0.{n}", 1) for n in range(20)]
    zone = zone_of(*endpoints)
    for endpoint in endpoints:
        zone.set_health("game-server", endpoint, healthy=False)

    assert len(zone.reply(NAME, kind).answer) == 8


def test_a_service_whose_last_endpoint_left_does_not_exist() -> None:
    zone = zone_of(A)
    zone.deregister("game-server", A)

    assert zone.reply(NAME, "A").rcode == Rcode.NXDOMAIN


def test_the_health_of_a_stranger_registers_nobody() -> None:
    zone = zone_of()
    zone.set_health("game-server", A, healthy=True)
    zone.deregister("game-server", A)

    assert zone.reply(NAME, "A").rcode == Rcode.NXDOMAIN


def test_registering_again_makes_healthy() -> None:
    zone = zone_of(A, B)
    zone.set_health("game-server", A, healthy=False)
    zone.register("game-server", A)

    assert texts(zone.reply(NAME, "A")) == {A.host, B.host}


def test_names_are_not_sensitive_to_case() -> None:
    zone = Zone("LOCAL")
    zone.register("Game-Server", A)

    assert texts(zone.reply(NAME, "A")) == {A.host}


def test_changes_become_visible_in_order_after_their_propagation() -> None:
    now = [0.0]
    zone = Zone(propagation_s=5, clock=lambda: now[0])
    zone.register("game-server", A)
    now[0] = 1
    zone.register("game-server", B)
    zone.deregister("game-server", A)

    shown = {}
    for at in (4.9, 5.0, 5.9, 6.0):
        now[0] = at
        shown[at] = texts(zone.reply(NAME, "A"))

    assert shown == {4.9: set(), 5.0: {A.host}, 5.9: {A.host}, 6.0: {B.host}}


def test_tasks_on_one_address_are_one_a_record_and_several_srv_records() -> None:
    twin = Endpoint(A.host, 5001)
    zone = zone_of(A, twin)
    target = "ip-127-0-0-1.game-server.local."

    assert [record.text for record in zone.reply(NAME, "A").answer] == [A.host]
    reply = zone.reply(NAME, "SRV")
    assert texts(reply) == {f"1 1 5000 {target}", f"1 1 5001 {target}"}
    assert [record.text for record in reply.additional] == [A.host]


@pytest.mark.parametrize(("endpoint", "kind"), [(A, "A"), (SIX, "AAAA")])
def test_the_target_of_an_srv_record_has_an_address(
    endpoint: Endpoint, kind: str
) -> None:
    zone = zone_of(endpoint)
    [srv] = zone.reply(NAME, "SRV").answer
    target = srv.text.split()[-1].removesuffix(".")
    zone.set_health("game-server", endpoint, healthy=False)  # told is told

    assert texts(zone.reply(target, kind)) == {endpoint.host}


def test_addresses_of_each_kind_are_asked_for_by_their_kind() -> None:
    zone = zone_of(A, SIX)

    assert texts(zone.reply(NAME, "A")) == {A.host}
    assert texts(zone.reply(NAME, "AAAA")) == {SIX.host}
