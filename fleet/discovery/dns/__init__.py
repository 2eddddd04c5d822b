"""The lookup that asks DNS, and all it takes to ask well."""
