"""Training under load."""
