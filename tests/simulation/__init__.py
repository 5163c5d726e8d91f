"""Deterministic simulation: the production core, store and duty cycle in a world that one seed makes and breaks."""
