"""Blind trials of candidates against production, and the promotions that they allow."""
