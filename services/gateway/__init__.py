"""The gateway: doors into the fleet that are not gRPC."""
