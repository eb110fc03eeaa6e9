"""Preferences for training elsewhere."""
