"""Texts of refusals, cut to what a status can carry, and when to come back."""

from collections.abc import Callable

import pytest
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from fleet.errors import Overloaded, Refusal, TooLate, Unavailable
from fleet.server.details import short, status_details

FULL = Overloaded("1000 calls are running, the most that this task takes", 2.0)


@pytest.mark.parametrize("character", ["A", "é", "%", "\ud800"])
def test_megabytes_are_cut_before_they_are_quoted(character: str) -> None:
    assert len(short(character * 4_000_000)) <= 1027


def test_what_fits_stays() -> None:
    assert short("no board 'x'") == "no board 'x'"


def told(
    refusal: Refusal, draw: Callable[[], float] = lambda: 0.0
) -> status_pb2.Status:
    return status_pb2.Status.FromString(status_details(refusal, draw=draw))


def wait_s(status: status_pb2.Status) -> float:
    retry = error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(retry)
    return float(retry.retry_delay.ToNanoseconds() / 1e9)


def test_an_overloaded_task_tells_when_to_come_back_and_that_it_is_its_own_limit() -> (
    None
):
    status = told(FULL)
    reason = error_details_pb2.ErrorInfo()

    assert wait_s(status) == 2.0
    assert status.details[1].Unpack(reason)
    assert (reason.reason, reason.domain) == ("OVERLOADED", "fleet")
    assert status.message == FULL.reason


def test_callers_that_were_refused_together_do_not_come_back_together() -> None:
    drawn = iter([0.0, 0.25, 0.5, 0.75])
    found = [wait_s(told(FULL, lambda: next(drawn))) for _ in range(4)]

    assert found == [2.0, 2.25, 2.5, 2.75]


def test_the_time_of_what_is_not_there_is_exact() -> None:
    assert wait_s(told(Unavailable("the store is away", 0.5), lambda: 0.9)) == 0.5


def test_a_call_that_came_too_late_has_no_reason_to_come_back() -> None:
    assert not told(TooLate(0.003)).details
