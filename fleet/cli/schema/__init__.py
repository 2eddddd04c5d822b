"""What a server says of its own methods, and messages as JSON."""
