"""Tasks as processes, kept alive and replaced as ECS does."""
