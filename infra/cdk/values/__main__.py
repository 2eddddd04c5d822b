"""`python -m infra.cdk.values NAME`: 0 where there is such an environment."""

import sys

from infra.cdk.values import BadValues, load


def main(name: str) -> int:
    """Return the exit code: 2 where the values are wrong, or have no *name*."""
    try:
        names = [environment.name for environment in load().environments]
    except BadValues as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if name not in names:
        sys.stderr.write(f"no environment {name!r}; there is {', '.join(names)}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
