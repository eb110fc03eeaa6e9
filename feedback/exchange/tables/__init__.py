"""Selects as a table and as printed pages."""
