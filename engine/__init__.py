"""Decisions, and the record of them."""
