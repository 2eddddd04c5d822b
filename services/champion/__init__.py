"""The game server: champions and battle fields."""
