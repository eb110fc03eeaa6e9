"""What leaves the studio: selects for the edit, preferences for training elsewhere."""
