"""The programs of the fleet; each is a package that runs."""
