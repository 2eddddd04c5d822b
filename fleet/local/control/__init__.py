"""How commands reach a running fleet."""
