"""The game server: champions, battle fields and rankings."""
