"""The store's address, as it is typed and as it is printed."""

import pytest

from fleet.cli.running.store import store_address, store_line, without_password
from fleet.errors import BadInput


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:pw@host", "redis://:***@host"),
        ("rediss://ada:p@w:/d@host:1/2", "rediss://ada:***@host:1/2"),
        ("redis+cluster://a:p@h:1,h:2", "redis+cluster://a:***@h:1,h:2"),
        ("unix://a:p@/run/s.sock?db=1", "unix://a:***@/run/s.sock?db=1"),
        ("unix:///s?password=p&db=1", "unix:///s?password=***&db=1"),
        ("unix:///home/ada@work/s.sock", "unix:///home/ada@work/s.sock"),
    ],
)
def test_no_password_is_printed(address: str, printed: str) -> None:
    assert without_password(address) == printed


@pytest.mark.parametrize("text", [None, ""])
def test_no_address_is_none(text: str | None) -> None:
    assert store_address(text) is None


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(BadInput, match="redis://"):
        store_address("localhost:6379")


def test_a_store_that_does_not_answer_is_told_with_the_reason() -> None:
    line = store_line(
        {
            "address": "unix:///s",
            "embedded": True,
            "data": "/data",
            "pid": None,
            "state": "starting",
            "problem": "No such file",
        }
    )

    assert line == "store: unix:///s, starting: No such file, data in /data"
