"""What calls tell Prometheus and OpenTelemetry."""
