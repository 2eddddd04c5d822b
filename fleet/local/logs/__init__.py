"""What tasks print: kept, bounded, followed."""
