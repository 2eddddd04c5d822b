"""Pages are read as Prometheus reads them; histograms too."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fleet.cli.topping.histogram import Histogram, together
from fleet.telemetry.scrape import samples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(TEXTS, st.floats(0, 1e9), max_size=5), TEXTS)
def test_reads_what_prometheus_reads(values: dict[str, float], other: str) -> None:
    registry = CollectorRegistry()
    counter = Counter("calls", "Calls.", ["target", "method"], registry=registry)
    Gauge("unwanted", "Else.", ["target"], registry=registry).labels(other).set(1)
    for target, value in values.items():
        counter.labels(target, other).inc(value)
    page = generate_latest(registry).decode()

    found = [(s.labels, s.value) for s in samples(page, {"calls_total"})]

    theirs = [
        (sample.labels, sample.value)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "calls_total"
    ]
    assert found == theirs
    assert len(found) == len(values)


@pytest.mark.parametrize(
    ("line", "labels", "value"),
    [
        ("a 1", {}, 1.0),
        ("a 1.5 1395066363000", {}, 1.5),
        ("a{} 2", {}, 2.0),
        ('a {x="1",} 3', {"x": "1"}, 3.0),
        ('a{x="}",y="a=\\"b\\",c"}4', {"x": "}", "y": 'a="b",c'}, 4.0),
        ('a{x="\\\\n\\n"} +Inf', {"x": "\\n\n"}, math.inf),
        ("a\t7", {}, 7.0),
    ],
)
def test_reads_lines_of_others(line: str, labels: dict[str, str], value: float) -> None:
    [found] = samples(f"# HELP a 1\n{line}\nb 9\n", {"a"})

    assert (found.labels, found.value) == (labels, value)


@pytest.mark.parametrize("line", ["a", "a x", 'a{x="1 1', 'a{x="1"', "a{} ", 'a{x="}'])
def test_a_line_that_is_broken_is_told(line: str) -> None:
    with pytest.raises(ValueError, match=r"labels|float"):
        list(samples(line, {"a"}))


def test_a_quantile_lies_within_its_bucket() -> None:
    """The figures are those that PromQL's histogram_quantile gives."""
    took = Histogram.of_cumulative({0.1: 50, 0.5: 90, 1.0: 100, math.inf: 100})

    assert took.quantile(0.5) == pytest.approx(0.1)
    assert took.quantile(0.25) == pytest.approx(0.05)
    assert took.quantile(0.7) == pytest.approx(0.3)
    assert took.quantile(0.99) == pytest.approx(0.95)
    assert took.quantile(1.0) == pytest.approx(1.0)


def test_a_quantile_above_all_bounds_is_the_highest_and_of_nothing_none() -> None:
    slow = Histogram.of_cumulative({0.0: 0, 100.0: 1, math.inf: 10})

    assert slow.quantile(0.99) == 100.0
    assert Histogram().quantile(0.5) is None
    assert Histogram.of_cumulative({1.0: 0, math.inf: 0}).quantile(0.5) is None


COUNTS = st.lists(st.integers(0, 9), min_size=4, max_size=4)


@given(COUNTS, COUNTS)
def test_what_came_since_and_what_was_before_are_all_there_is(
    first: list[int], more: list[int]
) -> None:
    bounds = (0.1, 1.0, 10.0, math.inf)
    before = Histogram(dict(zip(bounds, map(float, first), strict=True)))
    since = Histogram(dict(zip(bounds, map(float, more), strict=True)))
    now = together([before, since])

    assert now.since(before) == since
    shares = (0.0, 0.1, 0.5, 0.9, 0.99, 1.0)
    quantiles = [now.quantile(share) for share in shares]
    known = [q for q in quantiles if q is not None]
    assert len(known) == (len(shares) if now.total else 0)
    assert all(less <= more for less, more in pairwise(known))


def test_a_count_that_began_anew_is_new_in_full() -> None:
    before, now = Histogram({1.0: 50.0}), Histogram({1.0: 3.0})

    assert now.since(before) == now
