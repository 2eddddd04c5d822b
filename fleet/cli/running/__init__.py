"""What the commands about the running fleet share."""
