"""Balanced channels: which endpoint gets a call, and how it is called."""
