"""The description of the HTTP surface, for people and tools."""
