"""Where a service is now: lookups, and the watch that asks them."""
