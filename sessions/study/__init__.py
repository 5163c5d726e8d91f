"""Strategies side by side: the production core on a simulated clock, over recorded or seeded markets."""
