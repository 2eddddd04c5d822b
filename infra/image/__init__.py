"""The container image: built by whichever engine is there, pushed by digest."""
