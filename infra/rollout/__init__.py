"""What ECS does to a fleet, played on this machine as the templates say."""
