"""What the morning report counts, and how it is written."""
