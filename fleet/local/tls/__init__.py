"""A throw-away authority: a fleet on one machine over mutual TLS."""
