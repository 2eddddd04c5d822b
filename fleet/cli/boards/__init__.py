"""`fleet ranking`: leaderboards through the game server's own methods."""
