"""The reward model: what people prefer, as a number for each take."""
