"""The web console: static files, and nothing else."""
