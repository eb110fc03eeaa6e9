"""What a studio tells others of its use of models: the list of a show's generated shots, and a model's training data."""
