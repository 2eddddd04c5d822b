"""What JSON costs: our codec against google's json_format, on 100 champions."""

import statistics
import time
from collections.abc import Callable, Sequence

from google.protobuf import descriptor_pool, json_format

from benchmarks.result import Result
from rpc import rpc_pb2
from services.gateway.codec import Codec

TITLE = "JSON of 100 champions"
ROUNDS = 60
CALLS = 10
"""Of ours and of the peer's, in a round: the same, so that noise hits both alike."""
BARS = {"encode": 6.0, "parse": 5.0}

Work = Callable[[], object]


async def measure() -> Sequence[Result]:
    """Compare both directions, in alternating rounds; the outputs are equal."""
    kind = rpc_pb2.ListChampionsResponse
    codec = Codec(descriptor_pool.Default())
    message = _champions()
    raw = codec.encode(message)
    if json_format.Parse(raw, kind()) != message:
        raise RuntimeError("the two do not say the same")
    return [
        _compare(
            "encode",
            lambda: codec.encode(message),
            lambda: json_format.MessageToJson(
                message, indent=None, always_print_fields_with_no_presence=True
            ),
        ),
        _compare(
            "parse",
            lambda: codec.parse(kind.DESCRIPTOR, raw),
            lambda: json_format.Parse(raw, kind()),
        ),
    ]


def _champions() -> rpc_pb2.ListChampionsResponse:
    types = rpc_pb2.ChampionType.values()
    return rpc_pb2.ListChampionsResponse(
        champions=[
            rpc_pb2.Champion(
                champion_id=number,
                type=types[number % 7],
                name=f"Champion {number}",
                message=f"Hello, I am number {number}",
            )
            for number in range(1, 101)
        ]
    )


def _compare(question: str, ours: Work, peer: Work) -> Result:
    pairs = []
    for turn in range(ROUNDS):
        first, second = (ours, peer) if turn % 2 else (peer, ours)
        one, other = _us(first), _us(second)
        pairs.append((one, other) if turn % 2 else (other, one))
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Result(
        question=f"{question} a list of 100 champions as JSON",
        ours=f"{mine:.0f} us",
        peer=f"{theirs:.0f} us (google.protobuf.json_format)",
        figure=statistics.median(other / one for one, other in pairs),
        sense="at least",
        bar=BARS[question],
    )


def _us(work: Work) -> float:
    """Return microseconds of CPU for one call."""
    before = time.process_time()
    for _ in range(CALLS):
        work()
    return (time.process_time() - before) / CALLS * 1e6
