"""Takes as files: written, read back, described."""
