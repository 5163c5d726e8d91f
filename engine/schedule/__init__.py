"""When a parent's quantity is released."""
