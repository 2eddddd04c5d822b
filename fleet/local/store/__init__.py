"""The store of a fleet on one machine: a Valkey of its own, with its data kept."""
