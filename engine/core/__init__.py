"""Event in, commands out."""
