"""What `fleet top` draws, in terminals of any size."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli.boards.text import safe, width
from fleet.cli.topping.cells import duration, number, rate, size, times
from fleet.cli.topping.frame import frame
from fleet.cli.topping.line import RED, YELLOW, Line
from fleet.cli.topping.snapshot import ClientRow, Event, Service, Snapshot, TaskRow
from fleet.cli.topping.traffic import Load

AT = datetime(2018, 10, 16, 12, 30, 5, tzinfo=UTC)
LOAD = Load(
    calls_per_s=1234.5,
    failed_per_s=0.0,
    refused_per_s=2.25,
    p50_s=0.00123,
    p99_s=0.0456,
    in_flight=7,
    lag_s=0.0004,
    memory_bytes=81_234_567,
)


def task(name: str = "game-server-1", state: str = "HEALTHY") -> TaskRow:
    problem = "refused" if state == "SILENT" else ""
    numbers = Load() if problem else LOAD
    return TaskRow(name, "127.0.0.1:5000", state, problem, numbers)


def client(name: str = "game-server-1", state: str = "in") -> ClientRow:
    return ClientRow(
        caller="gateway-1",
        target="dns://127.0.0.1:5300/game-server.local:5000",
        endpoint="127.0.0.1:5000",
        task=name,
        state=state,
        calls_per_s=410.0,
        failed_per_s=0.0,
        latency_s=0.0021,
        slowness=8.04,
        in_flight=3,
        limit=20.0,
        ejections=2,
    )


def of(*tasks: TaskRow, clients: tuple[ClientRow, ...] = ()) -> Snapshot:
    service = Service("game-server", "3 of 3 healthy", tasks, LOAD)
    return Snapshot(AT, (service,), clients)


def texts(
    now: Snapshot, columns: int = 200, rows: int | None = None, *events: Event
) -> list[str]:
    return [line.text for line in frame(now, events, columns, rows)]


def test_a_row_has_every_figure() -> None:
    [title, _, name, heads, row] = texts(of(task()))

    assert title == "12:30:05  1 task"
    assert name == "game-server: 3 of 3 healthy"
    cells = "127.0.0.1:5000 HEALTHY 1,234 1.23 ms 45.6 ms 0 2.2 7 0.40 ms 81 MB"
    assert row.split() == ["game-server-1", *cells.split()]
    assert all(head in heads for head in ("CALLS/S", "P99", "REFUSED/S", "LAG"))


def test_several_tasks_have_a_total_and_services_share_their_columns() -> None:
    other = Service("a", "1 of 1 healthy", (task("b" * 20),), Load())
    now = Snapshot(AT, (*of(task(), task("game-server-2")).services, other), ())

    shown = texts(now)

    assert sum(line.startswith("all ") for line in shown) == 1
    heads = [line for line in shown if line.startswith("TASK")]
    assert len(heads) == 2
    assert heads[0] == heads[1]


def test_what_is_ejected_is_named_at_the_top_and_marked() -> None:
    now = of(task(), clients=(client(), client("game-server-2", "OUT")))

    lines = frame(now, (), 200)

    assert lines[0].text.endswith("OUT: game-server-2")
    marked = [line.text for line in lines if line.paint == RED]
    assert marked == [lines[0].text, lines[-1].text]
    assert " OUT " in lines[-1].text
    assert " OUT " not in lines[-2].text


def test_what_is_silent_is_marked_and_counted() -> None:
    lines = frame(of(task(), task("game-server-2", "SILENT")), (), 200)

    assert lines[0].text.endswith("1 SILENT")
    [row] = [line for line in lines if line.paint == RED]
    assert row.text.split()[:3] == ["game-server-2", "127.0.0.1:5000", "SILENT"]


def test_what_is_on_its_way_is_marked_less() -> None:
    lines = frame(of(task(), task("game-server-2", "DRAINING")), (), 200)

    assert [x.text[:13] for x in lines if x.paint == YELLOW] == ["game-server-2"]


def test_eighty_columns_have_what_matters_most() -> None:
    now = of(task(), task("game-server-2"), clients=(client(state="OUT"),))

    shown = texts(now, 80)

    assert all(width(line) <= 80 for line in shown)
    [tasks] = [line for line in shown if line.startswith("TASK")]
    for head in ("STATE", "CALLS/S", "P50", "P99", "FAILED/S", "REFUSED/S"):
        assert head in tasks
    assert "MEMORY" not in tasks
    [clients] = [line for line in shown if line.startswith("CALLER")]
    for head in ("TASK", "STATE", "LATENCY", "SLOWNESS", "EJECTED"):
        assert head in clients


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
STATES = st.sampled_from(["HEALTHY", "SILENT", "OUT", ""])


@given(
    st.lists(st.tuples(NAMES, STATES), max_size=9),
    st.integers(1, 130),
    st.integers(1, 40),
)
def test_every_frame_fits_and_is_safe(
    names: list[tuple[str, str]], columns: int, rows: int
) -> None:
    tasks = tuple(task(*name) for name in names)
    clients = tuple(client(*name) for name in names)
    events = [Event(AT, "ejected", name) for name, _ in names]

    shown = texts(of(*tasks, clients=clients), columns, rows, *events)

    assert 1 <= len(shown) <= rows
    assert all(width(line) <= columns for line in shown)
    assert all(safe(line) == line for line in shown)


def test_a_low_terminal_has_the_latest_events_and_says_what_it_leaves_out() -> None:
    now = of(*(task(f"game-server-{n}") for n in range(30)))
    events = [Event(AT, "came", f"game-server-{n} has come") for n in range(30)]

    shown = texts(now, 80, 20, *events)

    assert len(shown) == 20
    assert shown[-1] == "12:30:05  game-server-29 has come"
    assert "... 21 more lines" in shown


def test_a_high_terminal_is_filled_with_events() -> None:
    events = [Event(AT, "came", f"game-server-{n} has come") for n in range(30)]

    shown = texts(of(task()), 80, 20, *events)

    assert len(shown) == 20
    assert sum("has come" in line for line in shown) == 20 - 5 - 2


def test_colours_are_left_out_where_nobody_wants_them() -> None:
    line = Line(RED, "a")

    assert line.written(colours=True) == "\x1b[1;31ma\x1b[0m"
    assert line.written(colours=False) == "a"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (rate(None), "-"),
        (rate(0.0), "0"),
        (rate(0.25), "0.2"),
        (rate(9.96), "10.0"),
        (rate(12345.6), "12,346"),
        (number(None), "-"),
        (number(20.0), "20"),
        (times(8.04), "8.0x"),
        (duration(None), "-"),
        (duration(0.0), "0.00 ms"),
        (duration(0.00045), "0.45 ms"),
        (duration(0.0123), "12.3 ms"),
        (duration(0.5), "500 ms"),
        (duration(1.0), "1.00 s"),
        (duration(100.0), "100 s"),
        (size(None), "-"),
        (size(0.0), "0 B"),
        (size(999.6), "1 kB"),
        (size(81_234_567), "81 MB"),
        (size(1.5e15), "1,500 TB"),
    ],
)
def test_numbers_are_short(cell: str, text: str) -> None:
    assert cell == text
