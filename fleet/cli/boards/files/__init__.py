"""Boards as files: JSON lines and CSV, a line for each row."""
