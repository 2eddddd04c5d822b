"""How often one client may call."""

import math

import pytest
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    QuotaFailure,
)
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.guard.memory import MemoryLimiter
from services.gateway.guard.rate import Pace
from services.gateway.guard.rates import Rates, client_of
from services.gateway.policy.policy import Rate
from tests.clock import FakeClock
from tests.support.asked import asked

SLOW = Rate(methods="*", per_minute=60, burst=3)  # a second each


async def test_a_burst_goes_through_and_then_one_a_second(clock: FakeClock) -> None:
    limiter = MemoryLimiter(now=clock.now)

    assert [await limiter.take("a", SLOW) for _ in range(4)] == [0, 0, 0, 1]
    await clock.advance(0.75)
    assert await limiter.take("a", SLOW) == 0.25
    await clock.advance(0.25)
    assert [await limiter.take("a", SLOW) for _ in range(2)] == [0, 1]


async def test_a_refused_call_costs_nothing(clock: FakeClock) -> None:
    limiter = MemoryLimiter(now=clock.now)
    for _ in range(100):
        await limiter.take("a", SLOW)

    await clock.advance(1)
    assert await limiter.take("a", SLOW) == 0


async def test_clients_do_not_share(clock: FakeClock) -> None:
    limiter = MemoryLimiter(now=clock.now)
    for _ in range(4):
        await limiter.take("a", SLOW)

    assert await limiter.take("b", SLOW) == 0


@given(
    per_minute=st.floats(0.01, 1e6),
    burst=st.integers(1, 50),
    waits=st.lists(st.floats(0, 90) | st.just(0.0), max_size=200),
)
async def test_no_window_has_more_than_the_burst_and_the_rate(
    per_minute: float, burst: int, waits: list[float]
) -> None:
    moment, taken = [1000.0], list[float]()
    limiter = MemoryLimiter(now=lambda: moment[0])
    rate = Rate(methods="*", per_minute=per_minute, burst=burst)

    for wait in waits:
        moment[0] += wait
        if await limiter.take("a", rate) == 0:
            taken.append(moment[0])

    for first, begin in enumerate(taken):
        for last, end in enumerate(taken[first:], first):
            # A microsecond, of which the clock has whole ones only.
            allowed = burst + (end - begin + 1e-6) * per_minute / 60
            assert last - first + 1 <= allowed + 1e-6


@given(
    per_minute=st.floats(0.01, 1e6),
    burst=st.integers(1, 50),
    waits=st.lists(st.floats(0, 90), max_size=50),
)
async def test_who_waits_as_long_as_told_may_go_on(
    per_minute: float, burst: int, waits: list[float]
) -> None:
    moment = [1000.0]
    limiter = MemoryLimiter(now=lambda: moment[0])
    rate = Rate(methods="*", per_minute=per_minute, burst=burst)

    for wait in waits:
        moment[0] += wait
        wait_s = await limiter.take("a", rate)
        assert 0 <= wait_s <= 60 / per_minute + 1e-6
        if wait_s:
            moment[0] += wait_s + 1e-6
            assert await limiter.take("a", rate) == 0


@given(st.integers(0, 2**53), st.integers(0, 2**53))
def test_whatever_was_kept_nobody_waits_longer_than_for_one_call(
    whole_us: int, now_us: int
) -> None:
    """A clock that was set back, or a rate that was much slower before."""
    pace = Pace.of(SLOW)
    after, wait_us = pace.step(whole_us, now_us)

    assert 0 <= wait_us <= pace.interval_us
    assert after - now_us <= pace.ahead_us + pace.interval_us


async def test_a_quiet_client_is_forgotten(clock: FakeClock) -> None:
    limiter = MemoryLimiter(now=clock.now)
    for number in range(100):
        await limiter.take(str(number), SLOW)
    assert len(limiter) == 100

    await clock.advance(1)
    for _ in range(50):
        await limiter.take("a", SLOW)
    assert len(limiter) == 1


async def test_many_clients_do_not_fill_the_memory(clock: FakeClock) -> None:
    limiter = MemoryLimiter(most=10, now=clock.now)
    for _ in range(4):
        await limiter.take("busy", SLOW)
    for number in range(100):
        await limiter.take(str(number), SLOW)
        assert await limiter.take("busy", SLOW) > 0

    assert len(limiter) == 10


# The rules


async def test_the_most_exact_rule_counts_and_says_why(clock: FakeClock) -> None:
    exact = Rate(methods="a.B.C", per_minute=6, burst=1)
    rates = Rates([SLOW, exact], MemoryLimiter(now=clock.now))
    await rates.take("a.B.C", asked())

    with pytest.raises(Failure) as caught:
        await rates.take("a.B.C", asked())

    failure = caught.value
    assert (failure.status, failure.http) == (Status.RESOURCE_EXHAUSTED, 429)
    assert "a.B.C" in failure.message
    assert failure.retry_after_s == 10
    headers = dict(failure.headers)
    assert headers[b"ratelimit-policy"] == b'"a.B.C";q=6;w=60'
    assert headers[b"ratelimit"] == b'"a.B.C";r=0;t=10'
    [quota] = [one for one in failure.details if isinstance(one, QuotaFailure)]
    assert quota.violations[0].subject == "1.2.3.4"
    await rates.take("a.B.D", asked())


async def test_methods_of_one_rule_share_its_budget() -> None:
    rates = Rates([Rate(methods="*", per_minute=1, burst=1)], MemoryLimiter())
    await rates.take("a.B.C", asked())

    with pytest.raises(Failure):
        await rates.take("a.B.D", asked())
    await rates.take("a.B.D", asked(principal="key:partner"))
    await rates.take("a.B.D", asked(client="1.2.3.5"))


async def test_without_a_rule_nothing_is_counted() -> None:
    limiter = MemoryLimiter()
    for _ in range(10):
        await Rates([], limiter).take("a.B.C", asked())
        await Rates([Rate(methods="x.*", per_minute=1, burst=1)], limiter).take(
            "a.B.C", asked()
        )

    assert len(limiter) == 0


@pytest.mark.parametrize(
    ("client", "principal", "expected"),
    [
        pytest.param("1.2.3.4", "", "1.2.3.4", id="v4"),
        pytest.param("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64", id="v6"),
        pytest.param("::1", "", "::/64", id="v6-loopback"),
        pytest.param("fe80::1%eth0", "", "fe80::/64", id="zone"),
        pytest.param("a:b", "", "a:b", id="no-address"),
        pytest.param("", "", "", id="unix-socket"),
        pytest.param("1.2.3.4", "key:a", "key:a", id="principal"),
        pytest.param("1.2.3.4", "jwt:2001::1", "jwt:2001::1", id="like-an-address"),
    ],
)
def test_as_whom_a_caller_counts(client: str, principal: str, expected: str) -> None:
    assert client_of(asked(client=client, principal=principal)) == expected


def test_a_long_name_is_counted_by_its_hash() -> None:
    one = client_of(asked(principal="jwt:" + "a" * 256))
    two = client_of(asked(principal="jwt:" + "a" * 255 + "b"))

    assert one.startswith("sha256:")
    assert one != two


@pytest.mark.parametrize("per_minute", [0.001, 7, 59.9, 1e6])
def test_a_pace_never_allows_more_than_its_rate(per_minute: float) -> None:
    pace = Pace.of(Rate(methods="*", per_minute=per_minute, burst=1))

    assert pace.interval_us >= 60e6 / per_minute
    assert pace.interval_us == math.ceil(60e6 / per_minute)
