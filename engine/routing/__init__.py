"""Where a parent's quantity goes, and how much."""
