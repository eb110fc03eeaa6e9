"""Whether a take is like something that was there before: frames of the library, and takes of other briefs."""
