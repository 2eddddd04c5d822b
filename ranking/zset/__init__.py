"""A board on sorted sets: one script per question, one slot per shard."""
