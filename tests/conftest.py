"""The fake clock, and skipping what needs a missing program."""
