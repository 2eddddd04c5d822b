"""Lines cut, kept, bounded and followed."""

from pathlib import Path

import pytest

from fleet.errors import Unknown
from fleet.local.logs.journal import Journal
from fleet.local.logs.lines import LineSplitter


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        pytest.param([b"a\nb\n"], ["a", "b"], id="whole"),
        pytest.param([b"a", b"b\nc"], ["ab", "c"], id="torn"),
        pytest.param([b"a\r\n\n"], ["a", ""], id="carriage-return-and-empty"),
        pytest.param(
            [b"\xff\xc3", b"\xa4\n"], ["\N{REPLACEMENT CHARACTER}ä"], id="utf8"
        ),
        pytest.param([b"0123456789"], ["0123", "4567", "89"], id="too-long"),
        pytest.param([b"012345\n6"], ["0123", "45", "6"], id="too-long-with-end"),
    ],
)
def test_cuts_lines(chunks: list[bytes], lines: list[str]) -> None:
    splitter = LineSplitter(most=4)
    found = [line for chunk in chunks for line in splitter.feed(chunk)]

    assert [*found, *splitter.end()] == lines


def test_a_line_without_end_does_not_grow() -> None:
    splitter = LineSplitter(most=100)

    lines = [line for _ in range(50) for line in splitter.feed(b"x" * 99)]

    assert sum(map(len, lines)) >= 49 * 99


def test_keeps_the_last_lines_of_a_task_in_two_files_of_bounded_size(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path, most_bytes=1000)
    for n in range(500):
        journal.write("a-1", [f"line {n}"])

    assert [x.text for x in journal.tail("a-1", 2)] == ["line 498", "line 499"]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2100
    journal.close()


def test_merges_all_tasks_and_forgets_those_stopped_longest(tmp_path: Path) -> None:
    journal = Journal(tmp_path, most_stopped=1)
    for task in ("a-1", "a-2", "a-3"):
        journal.write(task, ["hello", "strange \x0c\x85 ends"])
        journal.stopped(task)

    assert {line.task for line in journal.tail(None, 10)} == {"a-3"}
    assert journal.tail("a-3", 1)[0].text == "strange \x0c\x85 ends"
    with pytest.raises(Unknown, match="did you mean"):
        journal.tail("a-1", 1)
    journal.close()


async def test_a_follower_hears_what_it_asked_for_and_never_fills_up(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path)
    with journal.follow("a-1") as follower:
        journal.write("a-2", ["not this"])
        journal.write("a-1", [str(n) for n in range(20_000)])

        lines = await follower.next()

    journal.close()
    told, *kept = lines
    assert told.text.startswith("10000 lines skipped")
    assert len(kept) == 10_000
    assert kept[-1].text == "19999"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, of Linux")
def test_a_full_disk_costs_lines_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a-1.log").symlink_to("/dev/full")
    journal = Journal(tmp_path)
    for _ in range(3):
        journal.write("a-1", ["lost"])
    journal.close()

    assert capsys.readouterr().err.count("lines of a-1 are lost") == 1
