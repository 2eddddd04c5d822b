"""Cloud Map's list: what DNS shows of it, and when."""

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Rcode
from fleet.local.dns.zone import Zone
from infra.rollout.cloudmap import CloudMap
from tests.clock import FakeClock

OLD, NEW = Endpoint("127.0.0.1", 5000), Endpoint("127.0.0.2", 5000)


async def _listed(clock: FakeClock, *healthy: Endpoint) -> CloudMap:
    zone = Zone(ttl_s=5, propagation_s=5, clock=clock.now)
    listed = CloudMap(zone, "game-server", 5, clock.now)
    for endpoint in healthy:
        listed.register(endpoint)
        listed.report(endpoint, healthy=True)
    listed.calm()
    await clock.advance(6)
    return listed


def _shown(listed: CloudMap) -> set[str]:
    reply = listed.reply("game-server.local", "A")
    return {record.text for record in reply.answer}


async def test_a_new_task_is_shown_when_its_health_is_believed(
    clock: FakeClock,
) -> None:
    listed = await _listed(clock, OLD)
    listed.register(NEW)
    await clock.advance(6)
    listed.report(NEW, healthy=True)
    await clock.advance(29)
    assert _shown(listed) == {OLD.host}
    await clock.advance(1)
    assert _shown(listed) == {OLD.host}  # believed, and on its way
    await clock.advance(5)
    assert _shown(listed) == {OLD.host, NEW.host}


async def test_when_all_are_new_they_are_shown_all_the_same(clock: FakeClock) -> None:
    listed = await _listed(clock, OLD)
    listed.register(NEW)
    listed.deregister(OLD)
    await clock.advance(4)
    assert _shown(listed) == {OLD.host}
    await clock.advance(1)
    assert _shown(listed) == {NEW.host}


async def test_a_task_that_fails_is_shown_until_that_is_believed(
    clock: FakeClock,
) -> None:
    listed = await _listed(clock, OLD, NEW)
    listed.report(OLD, healthy=False)
    await clock.advance(30)
    assert _shown(listed) == {OLD.host, NEW.host}
    await clock.advance(5)
    assert _shown(listed) == {NEW.host}


async def test_what_was_told_of_a_task_that_left_is_forgotten(
    clock: FakeClock,
) -> None:
    listed = await _listed(clock)
    listed.register(OLD)
    listed.report(OLD, healthy=True)
    listed.deregister(OLD)
    listed.calm()
    await clock.advance(60)
    assert listed.reply("game-server.local", "A").rcode is Rcode.NXDOMAIN


async def test_only_the_first_goodbye_of_a_task_is_a_change(clock: FakeClock) -> None:
    listed = await _listed(clock, OLD)
    listed.deregister(OLD)
    assert listed.seen_at == clock.now() + 10
    await clock.advance(20)
    listed.deregister(OLD)
    assert listed.seen_at == clock.now() - 10
