"""A stand-in for k3s, for tests."""
