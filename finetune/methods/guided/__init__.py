"""Learning from the gradient of a reward model."""
