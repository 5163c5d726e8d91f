"""What happened: the store, its chain, recovery and verification."""
