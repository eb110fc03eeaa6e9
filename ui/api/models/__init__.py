"""The HTTP routes of model versions: what they learned, how they are tuned, and which one draws."""
