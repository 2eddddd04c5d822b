"""The retry budget on a clock that the test moves."""

import gc

import pytest

from fleet.client.budget import RetryBudget, shared_budget


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spend(budget: RetryBudget) -> int:
    spent = 0
    while budget.withdraw():
        spent += 1
    return spent


@pytest.mark.parametrize(
    ("calls", "share", "minimum", "allowed"),
    [
        pytest.param(0, 0.2, 10, 10, id="the-minimum-is-always-there"),
        pytest.param(40, 0.2, 10, 10, id="a-small-share-is-raised-to-the-minimum"),
        pytest.param(1000, 0.2, 10, 200, id="a-share-of-the-calls"),
        pytest.param(1000, 0.0, 0, 0, id="none"),
    ],
)
def test_allows_a_share_of_the_calls(
    calls: int, share: float, minimum: int, allowed: int
) -> None:
    budget = RetryBudget(share, minimum, Hand())
    for _ in range(calls):
        budget.count(1000.0)
    assert spend(budget) == allowed


@pytest.mark.parametrize(("later_s", "allowed"), [(8.9, 0), (10.1, 5), (3600.0, 5)])
def test_what_was_spent_comes_back_after_ten_seconds(
    later_s: float, allowed: int
) -> None:
    hand = Hand()
    budget = RetryBudget(0.2, 5, hand)
    assert spend(budget) == 5
    hand.now += later_s
    assert spend(budget) == allowed


def test_calls_of_long_ago_allow_nothing() -> None:
    hand = Hand()
    budget = RetryBudget(0.5, 0, hand)
    for second in range(5):
        for _ in range(100):
            budget.count(1000.0 + second)
    hand.now = 1004.0
    assert spend(budget) == 250
    hand.now = 1030.0
    assert spend(budget) == 0


def test_channels_to_one_target_share_one_budget() -> None:
    one = shared_budget("dns://a", 0.2, 10)
    assert shared_budget("dns://a", 0.2, 10) is one
    assert shared_budget("dns://b", 0.2, 10) is not one
    spend(one)
    del one
    gc.collect()
    assert spend(shared_budget("dns://a", 0.2, 10)) == 10
