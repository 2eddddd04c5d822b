"""How a mistake in the file is told."""


class BadValues(Exception):
    """Values that cannot be deployed; `problems` has a line for each."""

    def __init__(self, file: str, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n  ".join([f"{file}:", *problems]))
