"""The answers of a stream as chunks of one HTTP response."""
