"""What the backends serve: their methods, messages and comments."""
