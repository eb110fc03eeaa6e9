"""Base models and versions: where they lie, what they can draw, how they are loaded."""
