"""A parent, its children, their state tables and their reassembly."""
