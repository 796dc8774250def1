"""A throw-away deployment with a clock of its own, for the tests of frontends (docs/sandbox.md)."""
