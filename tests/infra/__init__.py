"""The infrastructure, proved offline."""
