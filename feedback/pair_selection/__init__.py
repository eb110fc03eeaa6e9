"""Which pairs of takes are shown next."""
