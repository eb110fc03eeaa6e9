"""Families that draw stills alone."""
