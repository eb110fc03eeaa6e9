"""Versions of the model: how they are tuned, tried and decided on."""
