"""Which endpoints are left alone for a while, and when they are tried again."""
