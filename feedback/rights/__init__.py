"""Whose work and likeness is in the studio's media, what they allowed, and what a take must be able to answer."""
