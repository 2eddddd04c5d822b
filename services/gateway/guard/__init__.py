"""What stands before a call: who, how often, from where, and with which headers."""
