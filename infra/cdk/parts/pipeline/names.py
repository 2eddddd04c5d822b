"""Names that another account, or the next reader, must know beforehand."""

PIPELINE = "fleet"
BUILD = "fleet-build"


def deploy(environment: str) -> str:
    """Return the name of the project that deploys *environment*, and of its role."""
    return f"fleet-deploy-{environment}"


def smoke_role(environment: str) -> str:
    """Return the name of the role, in the environment's account, that may call it."""
    return f"fleet-smoke-{environment}"
