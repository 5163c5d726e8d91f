"""Measurements against peers: `make bench`. Not part of the tests."""
