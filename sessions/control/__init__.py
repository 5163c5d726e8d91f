"""What a person asks of a running engine, and how it gets there."""
