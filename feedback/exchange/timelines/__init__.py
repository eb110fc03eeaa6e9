"""Selects for editing systems."""
