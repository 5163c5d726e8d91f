"""Whether an order may go at all."""
