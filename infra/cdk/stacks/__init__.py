"""The stacks: lists of boxes and arrows."""
