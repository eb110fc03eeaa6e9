"""Families that draw clips, and stills where a clip of one frame is one."""
