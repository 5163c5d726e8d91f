"""Simulated venues: an order book, liquidity around it, and FIX in front."""
