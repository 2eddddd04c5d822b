"""Certificates and keys in files, read again when they change."""
