"""Which endpoint gets the next attempt."""
