"""From single checks to HEALTHY and UNHEALTHY."""

from infra.rollout.health import Health, Judge
from tests.infra.rollout_service import PLAN


def _after(*checks: tuple[bool, float]) -> Health:
    judge = Judge(PLAN.check)
    for good, age_s in checks:
        judge.note(good=good, age_s=age_s)
    return judge.health


def test_failures_in_the_start_period_do_not_count() -> None:
    assert _after(*((False, age) for age in (5, 10, 15, 20, 25))) is Health.UNKNOWN


def test_three_failures_after_the_start_period_are_unhealthy() -> None:
    assert _after((False, 30), (False, 35)) is Health.UNKNOWN
    assert _after((False, 30), (False, 35), (False, 40)) is Health.UNHEALTHY


def test_the_first_good_check_is_healthy_at_once_and_ends_the_start_period() -> None:
    assert _after((True, 5)) is Health.HEALTHY
    failing = [(False, 10.0), (False, 15.0), (False, 20.0)]
    assert _after((True, 5), *failing) is Health.UNHEALTHY


def test_a_good_check_between_failures_begins_the_count_anew() -> None:
    bad = (False, 50.0)
    assert _after((True, 5), bad, bad, (True, 50), bad, bad) is Health.HEALTHY


def test_an_unhealthy_task_may_become_healthy_again() -> None:
    assert _after(*[(False, 40.0)] * 3, (True, 45)) is Health.HEALTHY
