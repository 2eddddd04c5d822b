"""The pauses between attempts, and the bounds of the config."""

import pytest
from grpc import StatusCode, aio

from fleet import ChannelConfig, ConnectionConfig, RetryConfig
from fleet.client.retry import blames_task, never_sent, pause_s
from fleet.client.safety import declared_safe
from rpc import rpc_pb2

assert rpc_pb2.DESCRIPTOR  # imported for what it registers


@pytest.mark.parametrize(
    ("attempts", "low_s", "high_s"),
    [(1, 0, 0), (2, 0.0125, 0.025), (3, 0.025, 0.05), (50, 0.5, 1.0)],
)
def test_pauses_double_up_to_a_bound(
    attempts: int, low_s: float, high_s: float
) -> None:
    for _ in range(20):
        assert low_s <= pause_s(RetryConfig(), attempts) <= high_s


@pytest.mark.parametrize(
    ("code", "details", "never"),
    [
        ("UNAVAILABLE", "failed to connect to all addresses; last error: ...", True),
        ("UNAVAILABLE", "Received RST_STREAM with error code 7", True),
        ("UNAVAILABLE", "Received RST_STREAM with error code 2", False),
        ("UNAVAILABLE", "Socket closed", False),
        ("UNAVAILABLE", "the server: failed to connect to all addresses", False),
        ("INTERNAL", "Received RST_STREAM with error code 7", False),
    ],
)
def test_what_cannot_have_begun_may_be_sent_again(
    code: str, details: str, *, never: bool
) -> None:
    none = aio.Metadata()
    error = aio.AioRpcError(StatusCode[code], none, none, details=details)
    assert never_sent(error) is never


@pytest.mark.parametrize(
    ("code", "blamed"),
    [
        ("NOT_FOUND", False),
        ("INVALID_ARGUMENT", False),
        ("UNAVAILABLE", True),
        ("INTERNAL", True),
        ("DEADLINE_EXCEEDED", True),
    ],
)
def test_a_caller_s_mistake_is_no_failure_of_the_task(
    code: str, *, blamed: bool
) -> None:
    none = aio.Metadata()
    error = aio.AioRpcError(StatusCode[code], none, none, details="")
    assert blames_task(error) is blamed


@pytest.mark.parametrize(
    ("method", "safe"),
    [
        ("/rpc.Rpc/GetChampion", True),
        ("/rpc.Rpc/WatchRanking", True),
        ("/rpc.Rpc/UpdateScore", False),
        ("/rpc.Rpc/NoSuchMethod", False),
        ("/no.Such/Service", False),
        ("", False),
    ],
)
def test_the_descriptor_says_what_is_safe(method: str, *, safe: bool) -> None:
    assert declared_safe(method) is safe


def test_a_config_that_cannot_work_reports_every_mistake() -> None:
    with pytest.raises(ValueError, match="timeout_s is -1") as caught:
        ChannelConfig(
            timeout_s=-1,
            retry=RetryConfig(max_attempts=0),
            connection=ConnectionConfig(keepalive_s=-0.5),
        )
    assert len(str(caught.value).splitlines()) == 3
