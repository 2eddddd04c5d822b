"""The lookup that asks Cloud Map's API, and all it takes to ask well."""
