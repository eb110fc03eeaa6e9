"""Learning from many takes of the production model, ranked by a reward model."""
