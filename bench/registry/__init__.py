"""The registry: works, and the two apps beside it."""
