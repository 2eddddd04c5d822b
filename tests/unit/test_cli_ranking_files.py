"""Files of scores, hostile ones included, and how far an import is."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli.boards.files.checkpoint import Checkpoint, path_of, read
from fleet.cli.boards.files.formats import (
    CSV,
    FORMATS,
    JSONL,
    csv_header,
    csv_rows,
    format_of,
    json_row,
    written,
)
from fleet.cli.boards.files.reading import LONGEST_LINE, Place, Read, read_rows
from fleet.cli.boards.files.row import BadLine, Row
from fleet.errors import BadInput

ADA = Row("ada", "", "", 1, None, "")


def lines(data: bytes, form: str = JSONL, place: Place | None = None) -> list[Read]:
    return list(read_rows(io.BytesIO(data), "file", form, place))


def test_a_format_is_typed_or_told_by_the_name() -> None:
    assert format_of("a.CSV", None) == CSV
    assert format_of("a.ndjson", None) == JSONL
    assert format_of("a.csv", JSONL) == JSONL
    with pytest.raises(BadInput, match="--format"):
        format_of("a.csv.gz", None)


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@given(TEXT.filter(bool), TEXT, st.integers(-(2**53), 2**53), st.sampled_from(FORMATS))
def test_what_is_written_is_read_again(
    user: str, name: str, score: int, form: str
) -> None:
    at = "2018-10-16T12:00:00.123Z"
    fields = dict(
        zip(
            ("user_id", "name", "grade", "score", "achieved_at"),
            (user, name, "", score, at),
            strict=True,
        )
    )
    head = f"{csv_header()}\n" if form == CSV else ""

    [found] = lines(f"{head}{written(fields, form)}\n".encode(), form)

    assert found.problem == ""
    assert found.row is not None
    assert found.row[:4] == (user, name, "", score)
    assert found.row.achieved_at is not None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ('{"user_id": "ada", "sco', "not JSON"),
        ("[]", "not an object"),
        ("1", "not an object"),
        ("null", "not an object"),
        ('{"score": 1}', "user_id is missing"),
        ('{"user_id": "ada"}', "score is missing"),
        ('{"user_id": "ada", "score": 1.5}', "score is 1.5, not a whole"),
        ('{"user_id": "ada", "score": 1.0}', "score is 1.0, not a whole"),
        ('{"user_id": "ada", "score": 1e3}', "not a whole"),
        ('{"user_id": "ada", "score": NaN}', "not a whole"),
        ('{"user_id": "ada", "score": Infinity}', "not a whole"),
        ('{"user_id": "ada", "score": true}', "not a whole"),
        ('{"user_id": "ada", "score": "1"}', "not a whole"),
        ('{"user_id": "ada", "score": null}', "not a whole"),
        ('{"user_id": "ada", "score": 9007199254740993}', "allowed is"),
        ('{"user_id": "ada", "score": -9007199254740993}', "allowed is"),
        ('{"user_id": "ada", "score": ' + "9" * 5000 + "}", "not JSON"),
        ('{"user_id": "ada", "score": ' + "9" * 400 + "}", "allowed is"),
        ('{"user_id": 1, "score": 1}', "user_id is 1, not text"),
        ('{"user_id": "ada", "score": 1, "name": []}', "name is [], not text"),
        ('{"user_id": "\\ud800", "score": 1}', "half a character"),
        ('{"user_id": "ada", "score": 1, "nmae": "x"}', "'nmae' is not one of"),
        ('{"user_id": "ada", "score": 1, "score": 2}', "twice"),
        ('{"user_id": "ada", "score": 1, "achieved_at": "x"}', "not a time"),
        ('{"user_id": "ada", "score": 1, "achieved_at": 5}', "not text"),
        ('{"user_id":"ada","score":1,"achieved_at":"2018-10-16T12:00:00"}', "zone"),
        ("[" * 60_000, "not JSON"),
    ],
)
def test_a_line_of_json_that_is_no_score_says_why(line: str, told: str) -> None:
    with pytest.raises(BadLine) as caught:
        json_row(line)

    assert told in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ada,1.5", "'1.5' is not a whole number"),
        ("ada,", "'' is not a whole number"),
        ("ada,1e3", "not a whole number"),
        ("ada, 1", "not a whole number"),
        ("ada,9007199254740993", "is not in"),
        ("ada", "1 columns, not 2"),
        ("ada,1,2", "3 columns, not 2"),
        ('"ada,1', "not CSV"),
        ('"ada"x,1', "not CSV"),
    ],
)
def test_a_line_of_csv_that_is_no_score_says_why(line: str, told: str) -> None:
    with pytest.raises(BadLine) as caught:
        csv_rows("user_id,score")(line)

    assert told in str(caught.value)


@pytest.mark.parametrize(
    "header", ["", "user_id", "ada,1", "user_id,score,nmae", "user_id,score,score", '"']
)
def test_a_csv_needs_a_header(header: str) -> None:
    with pytest.raises(BadInput, match="file: "):
        lines(f"{header}\nada,1\n".encode(), CSV)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"user_id":"ada","score":1}\n', id="plain"),
        pytest.param(b'{"user_id":"ada","score":1}', id="no-newline"),
        pytest.param(b'\xef\xbb\xbf{"user_id":"ada","score":1}\r\n', id="bom-and-crlf"),
        pytest.param(b' {"score":1, "user_id":"ada"} \n', id="spaces"),
    ],
)
def test_files_of_other_systems_are_read(data: bytes) -> None:
    assert lines(data) == [Read(Place(1, len(data)), ADA)]


def test_a_csv_of_a_spreadsheet_is_read() -> None:
    data = b'\xef\xbb\xbfscore,user_id\r\n1,"ada"\r\n\r\n2,"b,""c"\r\n'

    rows = [found.row for found in lines(data, CSV)]

    assert rows == [ADA, None, Row('b,"c', "", "", 2, None, "")]


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_file_has_no_lines(form: str) -> None:
    assert lines(b"", form) == []


def test_a_bad_line_does_not_spoil_the_next() -> None:
    good = b'{"user_id":"ada","score":1}\n'
    huge = b'"' + b"x" * (3 * LONGEST_LINE) + b"\n"
    data = b"\xff\xfe\n" + huge + b"\n" + good + b"x" * LONGEST_LINE + b"\n" + good

    found = lines(data)

    assert [f.place.line for f in found] == [1, 2, 3, 4, 5, 6]
    assert found[-1].place.offset == len(data)
    assert [f.row for f in found] == [None, None, None, ADA, None, ADA]
    assert "not UTF-8" in found[0].problem
    assert "longer than" in found[1].problem
    assert found[2].problem == ""  # a blank line is no mistake
    assert found[4].problem


@given(st.binary(max_size=200), st.sampled_from(FORMATS))
def test_no_file_breaks_the_reading(data: bytes, form: str) -> None:
    try:
        found = lines(data, form)
    except BadInput:
        assert form == CSV
        return
    assert all(f.problem or f.row is None for f in found)
    assert [f.place.line for f in found] == [*range(1, len(found) + 1)] or form == CSV


@pytest.mark.parametrize("form", FORMATS)
def test_reading_goes_on_at_any_line(form: str) -> None:
    head = b"user_id,score\n" if form == CSV else b""
    line = b"ada,1\n" if form == CSV else b'{"user_id":"ada","score":1}\r\n'
    data = head + line * 5

    everything = lines(data, form)

    for at, found in enumerate(everything):
        assert lines(data, form, found.place) == everything[at + 1 :]


def test_a_checkpoint_is_read_again(tmp_path: Path) -> None:
    at, file = path_of(tmp_path / "a.csv"), io.BytesIO(b"x" * 9000)
    made = Checkpoint("daily", counted=7, refused=1)
    file.seek(3)
    made.reach(file, Place(8, 8000))
    made.write(at, safely=True)

    assert file.tell() == 3
    assert at.name == "a.csv.progress"
    assert read(at, file, "daily") == made
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv.progress"]
    # Lines that were added since are no reason to refuse it.
    assert read(at, io.BytesIO(b"x" * 9999), "daily") == made


@pytest.mark.parametrize(
    ("board", "data", "told"),
    [
        ("weekly", b"x" * 9000, "is of the board daily"),
        ("daily", b"y" + b"x" * 100, "not what it was"),
        ("daily", b"", "not what it was"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(
    tmp_path: Path, board: str, data: bytes, told: str
) -> None:
    at, file = tmp_path / "p", io.BytesIO(b"x" * 9000)
    made = Checkpoint("daily")
    made.reach(file, Place(1, 100))
    made.write(at)

    with pytest.raises(BadInput, match=told):
        read(at, io.BytesIO(data), board)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"board": "daily", "x": 1}'])
def test_a_checkpoint_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    at = tmp_path / "p"
    at.write_text(text)

    with pytest.raises(BadInput, match="is no checkpoint"):
        read(at, io.BytesIO(), "daily")


def test_no_checkpoint_is_a_beginning(tmp_path: Path) -> None:
    assert read(tmp_path / "none", io.BytesIO(), "daily") is None
    assert Checkpoint("daily").place is None
    assert json.dumps(Checkpoint("a").import_id) != json.dumps(
        Checkpoint("a").import_id
    )


@pytest.mark.parametrize("start", [0, 2, 3])
def test_a_cell_that_is_spread_over_lines_counts_nowhere(start: int) -> None:
    """Also when an import goes on in the middle of it."""
    text = b'user_id,score\n"e\nx,7\nf",5\nada,1\n'
    ends = [n + 1 for n, byte in enumerate(text) if byte == ord("\n")]
    place = Place(start, ends[start - 1]) if start else None

    read = [*read_rows(io.BytesIO(text), "x.csv", CSV, place)]

    assert [each.row.user_id for each in read if each.row] == ["ada"]
