"""Frames and clips of the studio's library as training examples."""
