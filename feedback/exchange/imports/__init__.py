"""What comes into the studio: cuts of other programs, and preferences that people gave elsewhere."""
