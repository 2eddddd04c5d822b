"""Targets of Cloud Map that are read, and those that are refused with advice."""

import contextlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.discovery.cloudmap.place import Place, place
from fleet.discovery.target import lookup_for
from fleet.errors import BadTarget


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("local/game-server", Place(namespace="local", service="game-server")),
        ("a.b/_x._tcp:1", Place(namespace="a.b", service="_x._tcp", port=1)),
        (
            "local/game?region=eu-west-1&endpoint=http://127.0.0.1:4566",
            Place(
                namespace="local",
                service="game",
                region="eu-west-1",
                endpoint="http://127.0.0.1:4566",
            ),
        ),
        (
            "local/g:65535?inject_host_prefix=false&endpoint=https://[::1]:1",
            Place(
                namespace="local",
                service="g",
                port=65535,
                endpoint="https://[::1]:1",
                inject_host_prefix=False,
            ),
        ),
        (
            "local/g?attribute.stage=blue&attribute.a%20b=c%3Dd&region=us-gov-west-1",
            Place(
                namespace="local",
                service="g",
                region="us-gov-west-1",
                attributes={"stage": "blue", "a b": "c=d"},
            ),
        ),
        (
            "local/g?inject_host_prefix=true&endpoint=http://aws",
            Place(
                namespace="local",
                service="g",
                endpoint="http://aws",
                inject_host_prefix=True,
            ),
        ),
    ],
)
def test_a_target_is_its_service_and_the_way_to_the_api(
    text: str, expected: Place
) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' has no service: it is NAMESPACE/SERVICE"),
        ("local", "'local' has no service"),
        ("/game-server", "'' is not the name of a namespace"),
        ("local/", "'' is not the name of a service"),
        ("local/:5000", "'' is not the name of a service"),
        ("local/a/b", "'a/b' is not the name of a service"),
        ("local/-a", "'-a' is not the name of a service"),
        ("local/a\n", "is not the name of a service"),
        ("local/sp\u00e9", "is not the name of a service"),
        (f"local/{'a' * 128}", "is not the name of a service"),
        (f"{'a' * 1025}/a", "is not the name of a namespace"),
        ("lo cal/a", "'lo cal' is not the name of a namespace"),
        ("local/a:", "port '' is not a number from 1 to 65535"),
        ("local/a:0", "port '0' is not a number from 1 to 65535"),
        ("local/a:grpc", "port 'grpc' is not a number"),
        ("local/a:1:2", "'a:1' is not the name of a service"),
        ("local/a?region=Ireland", "region 'Ireland' is not one such as eu-west-1"),
        ("local/a?region=", "region '' is not one such as eu-west-1"),
        ("local/a?region=eu-west-1&region=eu-west-2", "'region' is given twice"),
        ("local/a?zone=a", "no option 'zone'; there is region, endpoint, inject"),
        ("local/a?attribute.=a", "no option 'attribute.'; there is region"),
        ("local/a?port=5000", "no option 'port'; there is region"),
        ("local/a?region", "bad query field: 'region'"),
        ("local/a?&", "bad query field"),
        ("local/a?inject_host_prefix=no", "is 'no', allowed is true, false"),
        ("local/a?endpoint=127.0.0.1:4566", "endpoint is '127.0.0.1:4566', allowed is"),
        ("local/a?endpoint=ftp://a", "endpoint is 'ftp://a', allowed is http://"),
        ("local/a?endpoint=http://a/b", "a host and perhaps a port"),
        ("local/a?endpoint=http://me:you@a", "a host and perhaps a port"),
        ("local/a?endpoint=http://a:70000", "port '70000' is not a number"),
        ("local/a?endpoint=http://a:", "port '' is not a number"),
        (
            "local/a?" + "&".join(f"attribute.n{n}=1" for n in range(31)),
            "31 attributes, allowed is 30",
        ),
    ],
)
def test_a_bad_target_is_refused_with_the_reason_and_an_example(
    text: str, reason: str
) -> None:
    with pytest.raises(BadTarget) as refused:
        lookup_for(f"cloudmap://{text}")

    assert reason in str(refused.value)
    assert str(refused.value).endswith("; try cloudmap://local/game-server:5000")


@settings(deadline=None)  # a busy machine is no bug
@given(
    st.text(max_size=40), st.sampled_from(["", "a/", "a/b?", "a/b?endpoint=http://"])
)
def test_no_text_ends_in_anything_but_a_lookup_or_a_refusal(
    text: str, before: str
) -> None:
    with contextlib.suppress(BadTarget):
        lookup_for(f"cloudmap://{before}{text}")


def test_the_example_is_a_good_target() -> None:
    with pytest.raises(BadTarget) as refused:
        lookup_for("cloudmap://")

    lookup_for(refused.value.example)


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - own code


def test_boto3_is_not_imported_before_the_first_question() -> None:
    """It takes a quarter of a second of the event loop's time."""
    run(
        "import sys; from fleet.discovery.target import lookup_for;"
        "lookup_for('cloudmap://local/a'); assert 'botocore' not in sys.modules"
    )


def test_without_boto3_the_refusal_says_what_to_install() -> None:
    run(
        "import sys; sys.modules['boto3'] = None\n"
        "from fleet.discovery.target import lookup_for\n"
        "try: lookup_for('cloudmap://local/a')\n"
        "except Exception as error: text = str(error)\n"
        "assert 'cloudmap://local/a' in text, text\n"
        "assert \"pip install 'grpc-fleet[aws]'\" in text, text"
    )
