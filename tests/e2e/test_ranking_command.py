"""`fleet ranking` against a game server: real gRPC, boards in memory."""

import asyncio
import contextlib
import csv
import functools
import itertools
import json
import os
import pty
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fleet.cli import app
from fleet.cli.boards.follow import Interrupted, follow
from fleet.client.connect import connect
from fleet.errors import Unavailable
from fleet.server import ServerSettings, serving
from ranking.boards import BOARDS
from ranking.boards import load as load_boards
from ranking.catalog import Catalog
from ranking.entry import Submission, User
from ranking.memory.board import MemoryBoard
from rpc.rpc_pb2 import (
    UpdateScoresRequest,
    UpdateScoresResponse,
    WatchRankingRequest,
    WatchRankingResponse,
)
from rpc.rpc_pb2_grpc import RpcStub, add_RpcServicer_to_server
from services.champion.roster import DATA, load
from services.champion.service import ChampionService
from tests.support.served import SETTINGS
from tests.support.until import until

ROOT = Path(__file__).parents[2]


class Game(ChampionService):
    """A game server that loses the answers that a test wants lost."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(load(DATA), random.Random(7), catalog)
        self.lost: Callable[[int], bool] = lambda _: False
        self._calls = itertools.count()

    async def UpdateScores(  # noqa: N802 - the name in the proto
        self, request: UpdateScoresRequest, _context: object
    ) -> UpdateScoresResponse:
        """Count the scores, and then perhaps say that it did not work."""
        answer = await super().UpdateScores(request, _context)
        if self.lost(next(self._calls)):
            raise Unavailable("the test loses this answer", 0.001)
        return answer


@pytest.fixture
def catalog() -> Catalog:
    return Catalog([MemoryBoard(spec) for spec in load_boards(BOARDS)])


@pytest.fixture
def game(catalog: Catalog) -> Game:
    return Game(catalog)


@pytest_asyncio.fixture
async def target(game: Game) -> AsyncIterator[str]:
    async with serving([(add_RpcServicer_to_server, game)], SETTINGS) as server:
        yield str(server.endpoint)


async def ranking(*argv: str, target: str) -> int:
    command = ("ranking", *argv, "--target", target)
    return await app.run(command, env={"FLEET_HOME": "/nonexistent"})


async def rows(catalog: Catalog, board: str) -> list[tuple[str, int]]:
    found = await catalog.board(board).page("", 1000)
    assert found.following is None
    return [(entry.user.user_id, entry.score) for entry in found.entries]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(capsys.readouterr().out)


async def test_a_leaderboard_in_a_few_lines_of_shell(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for user, score in (("ada", "9000"), ("bob", "10000"), ("cy", "9000")):
        grade = ("--name", user.title(), "--grade", "GOLD")
        assert await ranking("update", "daily", user, score, *grade, target=target) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1].endswith("bob has 10000, rank 1 of 2 (counted)")

    assert await ranking("top", "daily", target=target) == 0

    printed = capsys.readouterr()
    table = [line.split() for line in printed.out.splitlines()]
    assert table[0][:6] == ["RANK", "SHARED", "USER", "NAME", "GRADE", "SCORE"]
    assert [line[:6] for line in table[1:]] == [
        ["1", "1", "bob", "Bob", "GOLD", "10000"],
        ["2", "2", "ada", "Ada", "GOLD", "9000"],
        ["3", "2", "cy", "Cy", "GOLD", "9000"],
    ]
    assert "3 users" in printed.err


async def test_rank_shows_who_is_near(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(9):
        await ranking("update", "daily", f"u{number}", str(number), target=target)
    capsys.readouterr()

    await ranking("rank", "daily", "u4", "--neighbours", "1", target=target)

    lines = capsys.readouterr().out.splitlines()
    users = [line.lstrip("> ").split()[2] for line in lines[1:]]
    assert users == ["u5", "u4", "u3"]
    assert [line[0] for line in lines[1:]] == [" ", ">", " "]

    await ranking("rank", "daily", "u4", "--neighbours", "0", "--json", target=target)
    found = told(capsys)
    assert (found["entry"]["rank"], found["total"], found["around"]) == (5, 9, [])


async def test_boards_tells_their_rules(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await ranking("boards", target=target)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["daily", "daily"]
    assert "1..3600000" in lines[5]

    await ranking("boards", "--json", target=target)
    boards = told(capsys)
    assert next(board["name"] for board in boards) == "daily"
    assert boards[0]["highest"] == 2**53


async def test_an_update_is_counted_once_under_its_request_id(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    update = ("update", "weekly", "ada", "-50", "--request-id", "r1", "--json")

    await ranking(*update, target=target)
    first = told(capsys)
    await ranking(*update, target=target)
    second = told(capsys)

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["entry"]["score"] == second["entry"]["score"] == -50


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("top", "nope"), "no board 'nope'; there is daily"),
        (("top", "daily", "--period", "x"), "a day such as 20181016"),
        (("rank", "daily", "nobody"), "no user 'nobody'"),
        (("update", "speedrun", "ada", "0"), "allowed is 1 to 3600000"),
        (("update", "daily", "a" * 65, "0"), "64 bytes"),
        (("watch", "daily", "--resume", "garbage"), "resume_token"),
        (("watch", "nope"), "no board 'nope'"),
        (("top", "nope", "--live"), "no board 'nope'"),
        (("export", "nope"), "no board 'nope'"),
    ],
)
async def test_a_refusal_says_what_is_wrong(
    target: str, argv: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ranking(*argv, target=target) == 1

    printed = capsys.readouterr()
    assert error in printed.err
    assert printed.out == ""


async def test_nobody_there_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await ranking("top", "daily", target="127.0.0.1:1") == 1

    assert "no endpoint of fixed://127.0.0.1:1" in capsys.readouterr().err


async def test_erase_forgets_a_user(
    target: str, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    for board in ("daily", "weekly"):
        await ranking("update", board, "ada", "1", target=target)
    capsys.readouterr()

    assert await ranking("erase", "ada", target=target) == 2  # no terminal to ask on
    assert "--yes" in capsys.readouterr().err
    assert (
        await ranking("erase", "ada", "--board", "daily", "--yes", target=target) == 0
    )

    assert (await rows(catalog, "daily"), await rows(catalog, "weekly")) == (
        [],
        [("ada", 1)],
    )
    assert await ranking("erase", "ada", "--yes", "--json", target=target) == 0
    assert '"erased": 1' in capsys.readouterr().out


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_what_is_exported_can_be_imported(
    target: str,
    catalog: Catalog,
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    many = tmp_path / "many.csv"
    lines = [f'u{n},"Na,""me {n}",{n % 700}' for n in range(2500)]
    many.write_text("\n".join(["user_id,name,score", *lines]))
    assert await ranking("import", "daily", str(many), target=target) == 0
    out = tmp_path / f"out.{form}"
    assert await ranking("export", "daily", str(out), target=target) == 0
    assert await ranking("erase", "u7", "--yes", target=target) == 0

    assert (
        await ranking("import", "all-time", str(out), "--in-flight", "1", target=target)
        == 0
    )

    best = await catalog.board("all-time").page("", 1000)
    assert best.total == 2500
    # The file is best first and goes in order, so equal scores keep theirs.
    assert [entry.user.user_id for entry in best.entries[:4]] == [
        "u699",
        "u1399",
        "u2099",
        "u698",
    ]
    assert best.entries[0].user.name == 'Na,"me 699'
    assert names(tmp_path) == ["many.csv", out.name]
    assert "2,500 rows of daily" in capsys.readouterr().out


async def test_an_export_to_stdout_is_nothing_but_rows(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await ranking("update", "daily", "ada", "5", target=target)
    capsys.readouterr()

    await ranking("export", "daily", "--format", "csv", target=target)

    [row] = csv.DictReader(capsys.readouterr().out.splitlines())
    assert (row["user_id"], row["score"], row["name"]) == ("ada", "5", "")


async def test_an_export_that_fails_leaves_no_file(target: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("what was there")

    assert await ranking("export", "daily", "--period", "x", str(out), target=target)

    assert names(tmp_path) == ["out.csv"]
    assert out.read_text() == "what was there"


async def test_bad_lines_are_told_and_do_not_stop_the_others(
    target: str, catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scores.jsonl"
    file.write_text(
        '{"user_id": "ada", "score": 1}\n'
        '{"user_id": "bob", "score": 1.5}\n'
        "\n"
        '{"user_id": "", "score": 2}\n'
        '{"user_id": "a\\u001bb", "score": 3}\n'
        '{"user_id": "cy", "score": 4, "achieved_at": "2018-10-16T12:00:00Z"}\n'
        '{"user_id": "dan", "score": 5}\n'
        '{"user_id": "half", "sc'
    )

    code = await ranking("import", "daily", str(file), "--json", target=target)

    printed = capsys.readouterr()
    assert code == 1
    assert json.loads(printed.out)["counted"] == 2
    assert json.loads(printed.out)["refused"] == 5
    assert await rows(catalog, "daily") == [("dan", 5), ("ada", 1)]
    complaints = [line for line in printed.err.splitlines() if str(file) in line]
    assert [line.split(":")[1] for line in complaints] == ["2", "4", "5", "6", "8"]
    assert "score is 1.5" in complaints[0]
    assert "takes no" in complaints[3]
    # What is refused as too old counts where one asks for it.
    rejects = tmp_path / "rejects"
    again = ("import", "daily", str(file), "--now", "--rejects", str(rejects))
    assert await ranking(*again, target=target) == 1
    assert ("cy", 4) in await rows(catalog, "daily")
    assert len(rejects.read_text().splitlines()) == 4


def scores(path: Path, lines: int, users: int) -> dict[str, int]:
    """Write points for *users* in turn; return the sum that each has in the end."""
    sums: dict[str, int] = {}
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            user, score = f"u{number % users}", number % 7 + 1
            sums[user] = sums.get(user, 0) + score
            file.write(json.dumps({"user_id": user, "score": score}) + "\n")
    return sums


async def test_an_answer_that_is_lost_counts_nothing_twice(
    target: str, game: Game, catalog: Catalog, tmp_path: Path
) -> None:
    file = tmp_path / "scores.jsonl"
    sums = scores(file, 6000, 300)
    game.lost = lambda call: call % 3 != 2

    assert await ranking("import", "weekly", str(file), target=target) == 0

    assert dict(await rows(catalog, "weekly")) == sums


async def test_an_import_gives_up_and_goes_on_later(
    target: str,
    game: Game,
    catalog: Catalog,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "scores.jsonl"
    sums = scores(file, 5000, 50)
    game.lost = lambda call: call >= 2
    command = ("import", "weekly", str(file), "--in-flight", "2", "--give-up-s", "0")

    assert await ranking(*command, target=target) == 1
    assert "run the same command to go on" in capsys.readouterr().err
    assert sum(score for _, score in await rows(catalog, "weekly")) < sum(sums.values())
    game.lost = lambda _: False
    assert await ranking(*command, target=target) == 0

    assert "going on after line 2,000" in capsys.readouterr().err
    assert dict(await rows(catalog, "weekly")) == sums
    assert names(tmp_path) == ["scores.jsonl"]


async def test_an_old_checkpoint_of_a_sum_is_refused(
    target: str, game: Game, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, progress = tmp_path / "s.jsonl", tmp_path / "s.jsonl.progress"
    scores(file, 5, 5)
    game.lost = lambda _: True
    command = ("import", "weekly", str(file), "--give-up-s", "0")
    assert await ranking(*command, target=target) == 1
    game.lost = lambda _: False
    os.utime(progress, (0, 0))

    assert await ranking(*command, target=target) == 2
    assert "--late" in capsys.readouterr().err
    assert await ranking(*command, "--late", target=target) == 0


async def test_an_import_that_is_killed_counts_every_line_once(
    target: str, catalog: Catalog, tmp_path: Path
) -> None:
    file, progress = tmp_path / "scores.jsonl", tmp_path / "scores.jsonl.progress"
    sums = scores(file, 40_000, 400)
    command = ("ranking", "import", "weekly", str(file), "--target", target)

    async def begun() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fleet.cli", *command, cwd=ROOT, stdout=-3, stderr=-3
        )

    for part in (2000, 12_000, 22_000):
        running = await begun()
        await until(functools.partial(_reached, progress, part), limit_s=60)
        running.send_signal(signal.SIGKILL)
        await running.wait()
        assert progress.exists()
    last = await begun()
    assert await last.wait() == 0

    assert dict(await rows(catalog, "weekly")) == sums
    assert not progress.exists()


def _reached(progress: Path, line: int) -> bool:
    return progress.exists() and json.loads(progress.read_text())["line"] >= line


async def test_a_watch_prints_what_happens_as_json(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[dict[str, Any]] = []

    def events() -> list[dict[str, Any]]:
        printed.extend(map(json.loads, capsys.readouterr().out.splitlines()))
        return printed

    watching = asyncio.create_task(ranking("watch", "daily", "--json", target=target))
    await until(events)
    await ranking("update", "daily", "ada", "5", "--request-id", "1", target=target)
    watching.cancel()
    await asyncio.wait([watching])
    capsys.readouterr()
    assert printed[0]["entry"] is None

    resume = ("watch", "daily", "--json", "--resume", printed[0]["resume_token"])
    printed.clear()
    watching = asyncio.create_task(ranking(*resume, target=target))
    await until(lambda: any(event["entry"] for event in events()))
    watching.cancel()
    await asyncio.wait([watching])

    [change] = [event for event in printed if event["entry"]]
    assert change["entry"]["user_id"] == "ada"
    assert change["previous_rank"] == 0


async def test_live_without_a_terminal_is_lines(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out: list[str] = []

    def printed() -> str:
        out.append("".join(capsys.readouterr()))
        return "".join(out)

    live = asyncio.create_task(ranking("top", "daily", "--live", target=target))
    await until(lambda: "watching daily" in printed())
    assert await ranking("update", "daily", "ada", "7", target=target) == 0
    await until(lambda: "7  ada  (rank 1, new)" in printed())
    live.cancel()
    await asyncio.wait([live])


async def test_live_redraws_a_terminal_and_leaves_it_as_it_was(
    target: str, catalog: Catalog
) -> None:
    board = catalog.board("daily")
    await board.update(Submission(User("ada", "A\u202ea"), 7))
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    command = ("-m", "fleet.cli", "ranking", "top", "daily", "--live")
    live = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, "--target", target),
        cwd=ROOT,
        stdout=theirs,
        env={"TERM": "xterm", "FLEET_HOME": "/nonexistent", "COLUMNS": "80"},
    )
    os.close(theirs)
    seen = b""

    def screen() -> str:
        nonlocal seen
        with contextlib.suppress(BlockingIOError, OSError):  # EIO: it has ended
            while part := os.read(ours, 65536):
                seen += part
        return seen.decode(errors="replace")

    await until(lambda: "ada" in screen(), limit_s=30)
    await board.update(Submission(User("bob"), 9))
    await until(lambda: "\x1b[1;36m★" in screen())
    live.send_signal(signal.SIGINT)
    assert await live.wait() == 130
    drawn = screen()
    os.close(ours)

    assert drawn.endswith("\x1b[?7h\x1b[?25h")
    assert "\u202e" not in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h")


async def test_a_watch_goes_on_where_it_was_when_its_server_is_another(
    catalog: Catalog,
) -> None:
    async def at_once(_: float) -> None:
        await asyncio.sleep(0.01)

    heard: list[str] = []

    async def listen(port: int) -> None:
        async with connect(f"fixed://127.0.0.1:{port}") as channel:
            request = WatchRankingRequest(board="daily")
            async for event in follow(RpcStub(channel), request, at_once):
                if isinstance(event, Interrupted):
                    heard.append("broken")
                elif isinstance(event, WatchRankingResponse):
                    heard.append(event.entry.user.user_id or "begin")

    first = Game(catalog)
    async with serving([(add_RpcServicer_to_server, first)], SETTINGS) as server:
        port = server.endpoint.port
        listening = asyncio.create_task(listen(port))
        await until(lambda: heard == ["begin"])
        await ranking("update", "daily", "ada", "1", target=f"127.0.0.1:{port}")
        await until(lambda: heard[-1] == "ada")
        first.close()
    await until(lambda: "broken" in heard)
    again = ServerSettings(listen=f"127.0.0.1:{port}", linger_s=0, grace_s=5)
    async with serving([(add_RpcServicer_to_server, Game(catalog))], again):
        await catalog.board("daily").update(Submission(User("bob"), 2))
        await until(lambda: heard[-1] == "bob")
        listening.cancel()
        await asyncio.wait([listening])

    told_of = [name for name in heard if name not in ("begin", "broken")]
    assert told_of == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "more"),
    [("nmae,score\nada,1\n", ()), ("user_id,score\n", ("--rejects", "/no/such/x"))],
)
async def test_a_usage_error_leaves_no_checkpoint(
    target: str, tmp_path: Path, text: str, more: tuple[str, ...]
) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(text)

    assert await ranking("import", "daily", str(file), *more, target=target) == 2

    assert names(tmp_path) == [file.name]


async def test_live_is_about_now(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("top", "daily", "--live", "--period", "20181016")

    assert await ranking(*words, target=target) == 2

    assert "--period" in capsys.readouterr().err
