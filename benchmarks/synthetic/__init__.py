"""Procedural film scenes with captions, what measures them from pixels, and the training of the starter model on them."""
