"""One file per question; each prints a ratio against a peer in the same run."""
