"""Storyboards: panels of a sequence with action and dialogue."""
