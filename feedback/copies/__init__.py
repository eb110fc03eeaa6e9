"""Whether a take is like a frame of the library, or like a take of another shot: what was measured, and who is told."""
