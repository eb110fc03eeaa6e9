"""Storyboards as files."""
