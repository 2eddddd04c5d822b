"""`fleet call`, `list` and `describe`, beside grpcurl where it is there."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.cli import app

ZOO = Path(__file__).parent / "fleet_command_zoo.py"
FULL = {
    "name": "<a> & é\u2028",
    "kind": "DOG",
    "legs": [{"length": 1.5}, {}],
    "ages": {"b": "1", "a": "2"},
    "grass": "YWI=",
    "weight": 0,
    "big": 1e21,
    "u": "18446744073709551615",
    "mood": "ANGRY",
    "nums": [1, 2],
    "at": "2020-01-01T00:00:00.5Z",
    "numbered": {"3": {}, "1": {}},
    "any": {"@type": "type.googleapis.com/zoo.Animal", "name": "in"},
    "extra": {"b": [1, None, "x", 1.5], "a": {"z": 1, "d": 2}},
    "child": {"kind": 99, "big": "NaN"},
}


@pytest.fixture(scope="module")
def zoo() -> Iterator[str]:
    """The address of a server that knows nothing of us."""
    command = [sys.executable, str(ZOO)]
    with subprocess.Popen(  # noqa: S603 - our own file
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield f"127.0.0.1:{int(server.stdout.readline())}"
        assert server.stdin is not None
        server.stdin.close()
        server.wait(10)


async def run(*argv: str) -> int:
    return await app.run(argv, env={"FLEET_HOME": "/nonexistent"})


def grpcurl(*argv: str) -> tuple[int, str, str]:
    done = subprocess.run(  # noqa: S603 - a fixed program
        ["grpcurl", "-plaintext", *argv],  # noqa: S607 - wherever it is
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout, done.stderr


CALLS = [
    pytest.param("One", "", id="no-argument"),
    pytest.param("One", json.dumps(FULL), id="every-kind-of-field"),
    *(
        pytest.param("One", f'{{"big": {number}}}', id=f"float-{number}")
        for number in ("1", "1e16", "1234567.5", "0.0001", "0.00001", "-100000", "1e-7")
    ),
    pytest.param("Count", '{"name": "a"}', id="server-streaming"),
    pytest.param("Last", '{"weight": 1}{"weight": 2}', id="client-streaming"),
    pytest.param("Chat", '{"weight": 1} {"weight": 2}', id="both-streaming"),
    pytest.param("Chat", "", id="both-streaming-nothing"),
    pytest.param("Fail", '{"name": "x"}', id="status-with-details"),
]


@pytest.mark.needs("grpcurl")
@pytest.mark.parametrize(("method", "body"), CALLS)
async def test_prints_what_grpcurl_prints(
    zoo: str, method: str, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await run("call", zoo, f"zoo.Zoo/{method}", body)

    printed = capsys.readouterr()
    assert (code, printed.out, printed.err) == grpcurl(
        *("-d", body, zoo, f"zoo.Zoo/{method}")
    )


SYMBOLS = [
    "zoo.Zoo",
    "zoo.Animal",
    "zoo.Animal.Leg",
    "zoo.Animal.legs",
    "zoo.Animal.ages",
    "zoo.Animal.food",
    "zoo.Kind",
    "google.protobuf.Timestamp",
    "google.protobuf.Struct",
]


@pytest.mark.needs("grpcurl")
@pytest.mark.parametrize("symbol", [*SYMBOLS, None])
async def test_describes_as_grpcurl_does(
    zoo: str, symbol: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = [symbol] if symbol else []

    assert await run("describe", zoo, *rest) == 0
    assert capsys.readouterr().out == grpcurl(zoo, "describe", *rest)[1]


@pytest.mark.needs("grpcurl")
@pytest.mark.parametrize("service", ["zoo.Zoo", None])
async def test_lists_as_grpcurl_does(
    zoo: str, service: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = [service] if service else []

    assert await run("list", zoo, *rest) == 0
    assert capsys.readouterr().out == grpcurl(zoo, "list", *rest)[1]


@pytest.mark.parametrize("name", ["zoo.Zoo/One", "zoo.Zoo.One", "/zoo.Zoo/One"])
async def test_takes_a_method_in_any_spelling(
    zoo: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("call", zoo, name, '{"nums": [7]}') == 0
    assert json.loads(capsys.readouterr().out) == {"nums": [7]}


async def test_describes_a_method(zoo: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("describe", zoo, "zoo.Zoo.Count") == 0
    assert capsys.readouterr().out == (
        "zoo.Zoo.Count is a method:\n"
        "rpc Count ( .zoo.Animal ) returns ( stream .zoo.Animal ) {\n"
        "  option deprecated = true;\n"
        "}\n"
    )


async def test_sends_metadata(zoo: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("call", zoo, "zoo.Zoo/One", "-H", "Give: back") == 0
    assert json.loads(capsys.readouterr().out) == {"name": "metadata"}


async def test_reads_a_file(
    zoo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.json").write_text('{"name": "from a file"}')

    assert await run("call", zoo, "zoo.Zoo/One", f"@{tmp_path}/x.json") == 0
    assert "from a file" in capsys.readouterr().out


async def test_repeats_and_tells_the_latency(
    zoo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    many = ("--repeat", "50", "--concurrency", "5")
    assert await run("call", zoo, "zoo.Zoo/One", *many, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], told["failed"]) == (50, {})
    assert told["latency_ms"]["p50"] <= told["latency_ms"]["max"]
    assert [(t["endpoint"], t["calls"]) for t in told["tasks"]] == [(zoo, 50)]


async def test_repeated_failures_are_counted_by_status(
    zoo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("call", zoo, "zoo.Zoo/Fail", "--repeat", "3") == 1
    assert "failed with INVALID_ARGUMENT: 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        pytest.param(("One", '{"nam": 1}'), 2, '"nam"', id="unknown-field"),
        pytest.param(("One", '{"weight": "x"}'), 2, "weight", id="wrong-type"),
        pytest.param(("One", '{"nums": [1, {}]}'), 2, "nums", id="wrong-inside"),
        pytest.param(("One", '{"weight'), 2, "Unterminated", id="torn-json"),
        pytest.param(("One", "[1]"), 2, "not an object", id="a-list"),
        pytest.param(("One", '{"child":' * 50_000), 2, "JSON", id="deep"),
        pytest.param(("One", '{"a'), 2, "JSON", id="open"),
        pytest.param(("One", "{}{}"), 2, "one request, not 2", id="two-for-unary"),
        pytest.param(("One", "@/no/such/file"), 2, "No such file", id="no-file"),
        pytest.param(("On", ""), 1, "did you mean 'One'", id="near-method"),
        pytest.param(("One", "-H", "x"), 2, "name:value", id="bad-header"),
        pytest.param(("One", "-H", "a-bin:%"), 2, "base64", id="bad-binary-header"),
        pytest.param(("One", "-H", "grpc-x:1"), 2, "no name", id="reserved-header"),
        pytest.param(("One", "--repeat", "0"), 2, "not 1 to", id="no-repeats"),
        pytest.param(("One", "--repeat", "1e9"), 2, "not 1 to", id="too-many"),
        pytest.param(("One", "--timeout-s", "nan"), 2, "above 0", id="no-time"),
    ],
)
async def test_tells_what_is_wrong(
    zoo: str,
    argv: tuple[str, ...],
    code: int,
    error: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    method, *rest = argv

    assert await run("call", zoo, f"zoo.Zoo/{method}", *rest) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert error in printed.err


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        pytest.param(("call", "zoo.Zo/One"), "did you mean 'zoo.Zoo'", id="service"),
        pytest.param(("describe", "zoo.Zop"), "did you mean 'zoo.Zoo'", id="symbol"),
        pytest.param(("list", "zoo.Zo"), "did you mean 'zoo.Zoo'", id="listed"),
    ],
)
async def test_suggests_a_near_name(
    zoo: str, argv: tuple[str, str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, name = argv

    assert await run(command, zoo, name) == 1
    assert error in capsys.readouterr().err


async def test_nobody_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    # Bound and not listening: nobody else gets the port meanwhile.
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        asyncio.Protocol, "127.0.0.1", 0, start_serving=False
    )
    port = server.sockets[0].getsockname()[1]
    async with server:
        code = await run("call", f"127.0.0.1:{port}", "a.B/C")

    assert code == 1
    assert f"fixed://127.0.0.1:{port}" in capsys.readouterr().err
