"""Proof per family that what we compute is what a real sampling run computes."""
