"""`fleet top`: what every task does now, from its page of metrics."""
