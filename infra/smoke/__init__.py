"""One call of the deployed game server, from inside its network."""
