"""Which part of a large service a client keeps."""

import random
from collections import Counter

import pytest

from fleet.client.choosing.subset import SubsetConfig
from fleet.endpoint import Endpoint

ALL = [Endpoint(f"127.61.{n // 250}.{n % 250 + 1}", 5000) for n in range(1000)]


def test_a_small_service_is_kept_whole() -> None:
    few = ALL[:20]
    assert SubsetConfig(size=20).choose(few) == frozenset(few)
    assert SubsetConfig(size=20).choose([]) == frozenset()


def test_a_large_one_is_kept_in_part_however_it_is_listed() -> None:
    config = SubsetConfig(size=20, client="gateway-1")
    part = config.choose(ALL)
    assert len(part) == 20
    assert part < set(ALL)
    assert config.choose(random.Random(7).sample(ALL, 1000)) == part


def test_a_name_keeps_its_tasks_over_a_restart_and_others_have_others() -> None:
    part = SubsetConfig(client="gateway-1").choose(ALL)
    assert SubsetConfig(client="gateway-1").choose(ALL) == part
    assert len(SubsetConfig(client="gateway-2").choose(ALL) & part) < 5
    assert SubsetConfig().choose(ALL) != SubsetConfig().choose(ALL)


def test_one_endpoint_changed_costs_at_most_one_connection() -> None:
    rng = random.Random(7)
    config, now = SubsetConfig(size=20, client="gateway-1"), ALL[:100]
    part = config.choose(now)
    reconnected = 0
    for new in ALL[100:400]:
        now[rng.randrange(100)] = new
        before, part = part, config.choose(now)
        assert len(part - before) <= 1
        reconnected += len(part - before)
    assert reconnected > 60  # a replaced endpoint is nearly always one of the part's


def test_clients_are_spread_over_tasks() -> None:
    connections = Counter(
        endpoint
        for client in range(300)
        for endpoint in SubsetConfig(client=f"gateway-{client}").choose(ALL[:100])
    )
    mean = 300 * 20 / 100
    assert len(connections) == 100
    assert max(connections.values()) < 1.5 * mean
    assert min(connections.values()) > mean / 1.6


@pytest.mark.parametrize("wrong", [{"size": 1}, {"size": True}, {"client": ""}])
def test_a_part_of_nobody_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="SubsetConfig"):
        SubsetConfig(**wrong)  # type: ignore[arg-type]
