"""Discovery, balanced channels and server life-cycle for gRPC services."""
