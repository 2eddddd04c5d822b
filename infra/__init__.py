"""What puts the fleet on AWS."""
