"""The speed of the product beside its limit and a plain template app."""
