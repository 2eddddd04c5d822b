"""A zone and its nameserver, as Cloud Map would answer."""
