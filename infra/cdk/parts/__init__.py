"""The constructs: one concept a file, wired by the stacks."""
