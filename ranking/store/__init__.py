"""A Redis or Valkey that answers fast, or says at once that it cannot."""
