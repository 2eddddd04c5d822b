"""Where an environment is: two words of a file that the CDK reads whole."""

import tomllib
from pathlib import Path

FILE = Path(__file__).parents[1] / "cdk" / "environments.toml"
_OTHERS = ("repository", "pipeline")


def region_of(name: str, file: Path = FILE) -> str:
    """Return the region of the environment *name*.

    Not by `infra.cdk.values`, which takes seconds to load the CDK.

    Raises:
        ValueError: There is no such environment.
    """
    tables = tomllib.loads(file.read_text())
    known = {key: table for key, table in tables.items() if key not in _OTHERS}
    if name not in known:
        there = ", ".join(sorted(known))
        raise ValueError(f"{name!r} is no environment; there is {there}")
    return str(known[name]["region"])
