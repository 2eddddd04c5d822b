"""Cloud Map's API as moto has it, and all the ways in which it may fail."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from fleet.discovery.cloudmap.lookup import cloudmap
from fleet.discovery.cloudmap.place import place
from fleet.discovery.lookup import Lookup
from fleet.discovery.target import lookup_for
from fleet.discovery.watch import Watch, watch
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed, Throttled
from tests.clock import FakeClock
from tests.support.cloudmap_front import (
    Front,
    Misbehaviour,
    drips,
    front,
    hangs,
    hangs_up,
    refuses,
    says,
)
from tests.support.cloudmap_map import Service, attributes
from tests.support.cloudmap_moto import aws_settings, moto
from tests.support.until import until

A, B = Endpoint("127.0.1.1", 5000), Endpoint("127.0.1.2", 5001)
CHEAP, FULL = "DiscoverInstancesRevision", "DiscoverInstances"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Endpoint]:
    with moto() as there, aws_settings():
        yield there


@pytest.fixture
async def api(emulator: Endpoint) -> AsyncIterator[Front]:
    async with front(emulator) as there:
        yield there


@pytest.fixture
def service(emulator: Endpoint) -> Service:
    return Service(emulator)


@pytest.fixture
def lookup(service: Service, api: Front) -> Lookup:
    return lookup_for(service.target(api.endpoint))


async def test_the_cheap_question_is_asked_while_nothing_moves(
    service: Service, api: Front, lookup: Lookup
) -> None:
    await service.hold({A})
    for _ in range(5):
        assert (await lookup()).endpoints == {A}
    await service.hold({A, B})
    assert (await lookup()).endpoints == {A, B}

    assert api.asked == {FULL: 2, CHEAP: 5}


async def test_a_thousand_instances_are_one_answer(
    service: Service, api: Front, lookup: Lookup
) -> None:
    many = [Endpoint(f"127.9.{n // 250}.{n % 250}", 5000) for n in range(1000)]
    await service.hold(many)

    assert (await lookup()).endpoints == set(many)
    assert api.words[FULL]["MaxResults"] == 1000  # AWS would list 100, moto all


async def test_zones_and_attributes_come_along(
    service: Service, lookup: Lookup
) -> None:
    await service.hold({A})
    [found] = (await lookup()).endpoints

    assert found.zone == "eu-west-1a"
    assert found.attributes == attributes(A)


async def test_an_unhealthy_instance_is_left_out_and_the_last_ones_are_not(
    service: Service, api: Front, clock: FakeClock
) -> None:
    path = service.target(api.endpoint).removeprefix("cloudmap://")
    lookup = cloudmap(place(path), full_every_s=5, clock=clock)
    await service.hold({A, B})
    assert (await lookup()).endpoints == {A, B}

    await service.set_health(A, "UNHEALTHY")
    await clock.advance(4)
    assert (await lookup()).endpoints == {A, B}  # the revision does not tell
    await clock.advance(1)
    assert (await lookup()).endpoints == {B}

    await service.set_health(B, "UNHEALTHY")
    await clock.advance(5)
    assert (await lookup()).endpoints == {A, B}


async def test_only_instances_with_the_attributes_are_wanted(
    service: Service, api: Front
) -> None:
    await service.register("blue", attributes(A) | {"stage": "blue"})
    await service.register("green", attributes(B) | {"stage": "green"})
    lookup = lookup_for(service.target(api.endpoint, **{"attribute.stage": "green"}))

    assert (await lookup()).endpoints == {B}


async def test_an_ipv6_address_a_default_port_and_instances_of_no_use(
    service: Service, api: Front, caplog: pytest.LogCaptureFixture
) -> None:
    await service.register("six", {"AWS_INSTANCE_IPV6": "2001:db8::1"})
    await service.register("alias", {"AWS_ALIAS_DNS_NAME": "elb.example"})
    await service.register("port", attributes(A) | {"AWS_INSTANCE_PORT": "99999"})
    path = f"{service.namespace}/{service.name}:5000"
    found = (await lookup_for(service.target(api.endpoint, path))()).endpoints

    assert found == {Endpoint("2001:db8::1", 5000)}
    assert len(caplog.messages) == 2


@pytest.mark.parametrize("path", ["nowhere/game-server", "{0}/nobody"])
async def test_what_does_not_exist_is_nobody_and_is_said(
    service: Service, api: Front, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    lookup = lookup_for(service.target(api.endpoint, path.format(service.namespace)))
    answers = [await lookup() for _ in range(3)]

    assert [answer.endpoints for answer in answers] == [frozenset()] * 3
    assert len(caplog.messages) == 1
    assert "there is no such" in caplog.text


def listed(*instances: object) -> bytes:
    return json.dumps({"Instances": instances, "InstancesRevision": 9}).encode()


@pytest.mark.parametrize(
    ("misbehave", "reason"),
    [
        pytest.param(hangs, "is silent$", id="hangs"),
        pytest.param(
            says(500, b"<html><h1>Oops", "text/html"),
            "is in trouble itself: HTTP 500",
            id="a-page-of-html",
        ),
        pytest.param(says(503, b""), "in trouble itself: HTTP 503", id="nothing"),
        pytest.param(refuses("InternalFailure", "", 500), "InternalFailure$", id="own"),
        pytest.param(
            refuses("AccessDeniedException", "you are not authorized."),
            "AccessDeniedException, you are not authorized; allow servicediscovery:",
            id="forbidden",
        ),
        pytest.param(
            says(200, b'{"Instances": [{"Instance'), "is no answer", id="half-a-json"
        ),
        pytest.param(
            says(200, listed(), cut=9), "closed the connection|no answer", id="cut-off"
        ),
        pytest.param(says(200, b"[]"), "is no answer of Cloud Map", id="a-list"),
        pytest.param(says(200, b"\xff\xfe"), "is no answer of Cloud Map", id="bytes"),
        pytest.param(says(200, b"{}"), "is no answer of Cloud Map", id="no-instances"),
        pytest.param(says(200, listed(5)), "is no answer of Cloud Map", id="a-number"),
        pytest.param(
            says(200, listed({"Attributes": {}})), "no answer of Cloud Map", id="no-id"
        ),
        pytest.param(
            says(200, listed({"InstanceId": "x", "Attributes": {}})),
            "instance x: it has neither AWS_INSTANCE_IPV4 nor AWS_INSTANCE_IPV6",
            id="no-address",
        ),
        pytest.param(
            says(
                200,
                listed({"InstanceId": "x", "Attributes": {"AWS_INSTANCE_IPV4": 5}}),
            ),
            "instance x: its address cannot be read",
            id="a-number-for-an-address",
        ),
    ],
)
async def test_a_bad_answer_is_a_failure_with_the_reason_and_the_next_counts(
    service: Service, api: Front, misbehave: Misbehaviour, reason: str
) -> None:
    await service.hold({A})
    lookup = lookup_for(service.target(api.endpoint))
    api.first.append(misbehave)
    api.first.append(misbehave)  # one question is repeated: the cut-off one
    with pytest.raises(ResolveFailed, match=reason) as failed:
        await lookup()
    api.first.clear()

    assert str(failed.value).startswith(
        f"cannot resolve cloudmap://{service.namespace}"
    )
    assert not isinstance(failed.value, Throttled)
    assert (await lookup()).endpoints == {A}


async def test_a_kept_connection_that_was_closed_is_no_failure(
    service: Service, api: Front, lookup: Lookup
) -> None:
    await service.hold({A})
    await lookup()
    api.first.append(hangs_up)
    assert (await lookup()).endpoints == {A}

    api.first += [hangs_up, hangs_up]
    with pytest.raises(ResolveFailed, match="closed the connection in the middle"):
        await lookup()


THROTTLES = ("RequestLimitExceeded", "ThrottlingException", "TooManyRequestsException")


@pytest.mark.parametrize("code", THROTTLES)
async def test_too_many_questions_slow_the_lookup_down(
    service: Service, api: Front, clock: FakeClock, code: str
) -> None:
    where = place(service.target(api.endpoint).partition("://")[2])
    lookup = cloudmap(where, clock=clock, full_every_s=3600)
    await service.hold({A})
    quick = (await lookup()).ttl_s
    api.first += [refuses(code, "Rate exceeded")] * 3
    for _ in range(3):
        with pytest.raises(Throttled, match=f"{code}, Rate exceeded"):
            await lookup()
        await clock.advance(10)

    assert api.asked[CHEAP] == 3  # each was asked once
    assert (await lookup()).ttl_s > 5 * quick


class News:
    """What a watch tells, to be waited for."""

    def __init__(self) -> None:
        self._came = asyncio.Event()

    def __call__(self, _: Watch) -> None:
        self._came.set()

    async def until(self, true: Callable[[], Any]) -> None:
        """Return when *true* is, looking at each news."""
        async with asyncio.timeout(30):
            while not true():
                self._came.clear()
                await self._came.wait()


@pytest.mark.parametrize(
    "code", [pytest.param(refuses(THROTTLES[0]), id="throttled"), hangs, None]
)
async def test_a_watch_keeps_the_last_answer_in_every_outage(
    service: Service, api: Front, lookup: Lookup, code: Misbehaviour | None
) -> None:
    await service.hold({A, B})
    news = News()
    async with watch(lookup, news) as known:
        await news.until(lambda: known.endpoints == {A, B})
        api.always = code
        if code is None:
            await api.go_away()
        await news.until(lambda: known.error)
        assert known.endpoints == {A, B}

        await service.hold({B})
        api.always = None
        if code is None:
            await api.come()
        await news.until(lambda: known.endpoints == {B})
        assert known.error is None


def threads() -> int:
    return sum(each.name == "cloudmap" for each in threading.enumerate())


async def test_callers_who_give_up_on_a_silent_api_leave_nothing_behind(
    service: Service, api: Front, lookup: Lookup
) -> None:
    await service.hold({A})
    await lookup()
    await until(lambda: threads() == 0)  # a thread ends after its answer is there
    api.always = hangs
    for _ in range(20):
        asking = asyncio.ensure_future(lookup())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    assert threads() <= 1
    await until(lambda: threads() == 0)  # by its own timeouts
    api.always = None

    assert (await lookup()).endpoints == {A}


async def test_an_answer_that_never_ends_holds_nobody_up_for_long(
    service: Service, api: Front, lookup: Lookup
) -> None:
    await service.hold({A})
    api.first.append(drips)
    with pytest.raises(ResolveFailed, match="no complete answer within"):
        await lookup()

    assert (await lookup()).endpoints == {A}


async def test_pressing_does_not_ask_an_api_that_wants_fewer_questions(
    service: Service, api: Front, lookup: Lookup
) -> None:
    await service.hold({A})
    api.always = refuses(THROTTLES[0])
    for _ in range(20):
        with pytest.raises(Throttled):
            await lookup()
    assert sum(api.asked.values()) < 5


@pytest.mark.parametrize(
    ("settings", "options", "reason"),
    [
        pytest.param(
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            "?region=eu-west-1",
            "no AWS credentials; give the task a role, or set AWS_PROFILE",
            id="no-credentials",
        ),
        pytest.param(
            {"AWS_SECRET_ACCESS_KEY": None},
            "?region=eu-west-1",
            "half of the AWS credentials",
            id="half-of-the-credentials",
        ),
        pytest.param(
            {"AWS_PROFILE": "nobodys"}, "", "profile \\(nobodys\\)", id="no-profile"
        ),
        pytest.param({}, "", "no AWS region; add \\?region=eu-west-1", id="no-region"),
        pytest.param(
            {"AWS_DEFAULT_REGION": "eu west"},
            "",
            "the AWS region is not one such as eu-west-1",
            id="a-region-with-a-space",
        ),
        pytest.param(
            {},
            "?region=eu-west-1&endpoint=http://aws.invalid",  # RFC 6761, section 6.4
            "data-aws.invalid is not there",
            id="an-endpoint-that-has-no-address",
        ),
    ],
)
async def test_settings_that_cannot_be_used_are_a_failure_with_advice(
    settings: dict[str, str | None], options: str, reason: str
) -> None:
    with aws_settings(**settings), pytest.raises(ResolveFailed, match=reason):
        await lookup_for(f"cloudmap://local/game-server{options}")()


async def test_credentials_that_come_later_are_found(
    service: Service, lookup: Lookup
) -> None:
    await service.hold({A})
    nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    with aws_settings(**nobody), pytest.raises(ResolveFailed, match="no AWS cred"):
        await lookup()

    assert (await lookup()).endpoints == {A}


async def test_the_endpoint_of_the_environment_is_asked(
    service: Service, api: Front
) -> None:
    await service.hold({A})
    settings = {
        "AWS_ENDPOINT_URL_SERVICEDISCOVERY": f"http://{api.endpoint}",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    with aws_settings(**settings):
        found = await lookup_for(f"cloudmap://{service.namespace}/game-server")()

    assert found.endpoints == {A}
    assert api.asked == {FULL: 1}


async def test_a_host_prefix_can_be_asked_for(service: Service, api: Front) -> None:
    lookup = lookup_for(service.target(api.endpoint, inject_host_prefix="true"))
    with pytest.raises(ResolveFailed, match=rf"data-{api.endpoint}"):
        await lookup()


async def test_no_trace_of_credentials_is_logged(
    service: Service, api: Front, lookup: Lookup, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "fleet")
    await service.hold({A})
    await lookup()
    api.first.append(refuses("UnrecognizedClientException", "token is invalid"))
    with pytest.raises(ResolveFailed) as failed:
        await lookup()

    assert "nothing" not in f"{caplog.text}{failed.value}"  # the secret of the tests
