"""Logging in to ECR; of other registries the engine knows the password already."""

import re

from infra.image.engine import Engine
from infra.image.program import Programs

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
_ECR = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


def log_in(engine: Engine, programs: Programs, repository: str) -> None:
    """Log *engine* in where *repository* is one of ECR; it holds for 12 hours.

    Raises:
        ProgramMissing: The AWS CLI, which signs the request.
        ProgramFailed: AWS, or the registry, refused.
    """
    registry = repository.partition("/")[0]
    if not (ecr := _ECR.fullmatch(registry)):
        return
    programs.need("aws", "pushes to ECR log in by it: pip install awscli")
    asked = ("aws", "ecr", "get-login-password", "--region", ecr[1])
    engine.login(registry, "AWS", programs.ask(*asked))
