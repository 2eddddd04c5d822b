"""`make image` and `make push`, with engines that only write down what they hear."""

from pathlib import Path

import pytest

from infra.image.__main__ import main
from tests.support.image_engines import Engines

DIGEST = f"sha256:{'a1' * 32}"
ID = f"sha256:{'1d' * 32}"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DOCKER = {
    "version": (0, "28.2.2"),
    "image inspect --format {{.Id}}": (0, f"{ID} 304000000"),
    "image inspect --format {{range": (0, f"other/one@{ID}\n{ECR}/fleet@{DIGEST}"),
}
BUILDAH = {
    "images": (0, f'[{{"size": "304 MB", "digest": "{ID}"}}]'),
    "push": (0, DIGEST),
}
PODMAN = {
    "images": (0, f'[{{"Size": 304000000, "Digest": "{ID}"}}]'),
    "push": (0, DIGEST),
}


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    """Nothing is installed yet."""
    return Engines(tmp_path)


def test_nothing_to_build_with_is_said_with_what_to_install(
    engines: Engines, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([], engines.env) == 1

    told = capfd.readouterr()
    assert told.out == ""
    assert "docker: not installed" in told.err
    assert "apt-get install buildah" in told.err


def test_a_docker_without_a_daemon_does_not_count(
    engines: Engines, capfd: pytest.CaptureFixture[str]
) -> None:
    gone = "Cannot connect to the Docker daemon"
    engines.add("docker", {"version": (1, gone)})
    assert main([], engines.env) == 1
    assert f"its daemon does not answer ({gone})" in capfd.readouterr().err

    engines.add("podman", PODMAN)
    assert main([], engines.env) == 0
    assert capfd.readouterr().out == "grpc-fleet:c0ffee\n"


@pytest.mark.parametrize(
    ("name", "answers"), [("docker", DOCKER), ("podman", PODMAN), ("buildah", BUILDAH)]
)
def test_an_engine_is_given_what_was_asked_for(
    engines: Engines,
    name: str,
    answers: dict[str, tuple[int, str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    engines.add(name, answers)
    wanted = ("--platform=linux/arm64", "--tag=try", "--build-arg", "PYTHON_IMAGE=x@y")
    assert main([*wanted, "--", "--no-cache"], engines.env) == 0

    built = next(call for call in engines.heard() if call[1] == "build")
    assert {
        "--tag=grpc-fleet:try",
        "--platform=linux/arm64",
        "--build-arg=PYTHON_IMAGE=x@y",
        "--build-arg=REVISION=c0ffee",
        "--no-cache",
    } <= set(built)
    told = capfd.readouterr()
    assert told.out == "grpc-fleet:try\n"
    assert f"image: grpc-fleet:try {ID} 304 MB" in told.err


@pytest.mark.parametrize(
    ("name", "answers", "option"),
    [
        ("docker", DOCKER, "--build-arg=SOURCE_DATE_EPOCH=1700000000"),
        ("buildah", BUILDAH, "--timestamp=1700000000"),
    ],
)
def test_an_image_is_dated_as_its_sources(
    engines: Engines, name: str, answers: dict[str, tuple[int, str]], option: str
) -> None:
    engines.add(name, answers)

    assert main([], {**engines.env, "SOURCE_DATE_EPOCH": "1700000000"}) == 0
    assert option in next(call for call in engines.heard() if call[1] == "build")


@pytest.mark.parametrize(
    ("name", "answers"), [("docker", DOCKER), ("podman", PODMAN), ("buildah", BUILDAH)]
)
def test_a_push_to_ecr_prints_the_digest_and_shows_no_password(
    engines: Engines,
    name: str,
    answers: dict[str, tuple[int, str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    engines.add(name, answers)
    engines.add("aws", {"ecr get-login-password --region eu-west-1": (0, "s3cret")})
    env = {**engines.env, "CODEBUILD_BUILD_NUMBER": "7"}

    assert main(["--push", f"{ECR}/fleet"], env) == 0

    told = capfd.readouterr()
    assert told.out == f"{ECR}/fleet@{DIGEST}\n"
    assert "s3cret" not in told.err
    login = next(call for call in engines.heard() if call[1] == "login")
    assert login[-1] == "s3cret"
    assert "s3cret" not in login[:-1]
    assert ECR in login
    pushed = next(call for call in engines.heard() if call[1] == "push")
    # A number of its own: tags in ECR do not move.
    assert f"{ECR}/fleet:c0ffee-7" in pushed[-2]


def test_another_registry_needs_no_aws(engines: Engines) -> None:
    engines.add("buildah", BUILDAH)

    assert main(["--push", "localhost:5001/team/fleet"], engines.env) == 0
    assert [call[1] for call in engines.heard()] == ["build", "images", "push"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"build": (125, "no space left on device")}, "no space left on device"),
        ({"images": (0, "[]")}, "answered '[]'"),
        ({"images": (0, "not JSON")}, "answered 'not JSON'"),
        ({**BUILDAH, "push": (125, "denied")}, "buildah push --digestfile"),
    ],
)
def test_what_an_engine_refuses_is_shown_and_nothing_is_printed(
    engines: Engines,
    answers: dict[str, tuple[int, str]],
    said: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    engines.add("buildah", answers)

    assert main(["--push", "localhost:5001/fleet"], engines.env) == 1
    told = capfd.readouterr()
    assert told.out == ""
    assert said in told.err
    assert "Traceback" not in told.err


def test_ecr_without_the_aws_command_says_how_to_get_it(
    engines: Engines, capfd: pytest.CaptureFixture[str]
) -> None:
    engines.add("buildah", BUILDAH)

    assert main(["--push", f"{ECR}/fleet"], engines.env) == 1
    assert "aws is missing; pushes to ECR log in by it" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--platform", "arm64"], "'arm64' is no platform, such as linux/arm64"),
        (["--tag", "a b"], "'a b' is no tag"),
        (["--tag", "x" * 129], "is no tag"),
        (["--push", "Upper/case"], "'Upper/case' is no repository"),
        (["--push", "name:tag"], "'name:tag' is no repository"),
        (["--push", ""], "'' is no repository"),
        (["--build-arg", "PYTHON_IMAGE"], "'PYTHON_IMAGE' is not NAME=VALUE"),
        (["--engine", "kaniko"], "invalid choice: 'kaniko'"),
    ],
)
def test_bad_usage_is_named_before_anything_runs(
    engines: Engines, argv: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    engines.add("buildah", BUILDAH)
    with pytest.raises(SystemExit) as ended:
        main(argv, engines.env)

    assert ended.value.code == 2
    assert said in capfd.readouterr().err
    assert engines.heard() == []


def test_a_date_that_is_none_is_named(
    engines: Engines, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([], {**engines.env, "SOURCE_DATE_EPOCH": "now"}) == 2
    assert "SOURCE_DATE_EPOCH='now' is no number" in capfd.readouterr().err
