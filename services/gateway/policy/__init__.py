"""What the gateway allows: limits, keys, rates, as a file says."""
