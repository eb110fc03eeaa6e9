"""The training loop, its checkpoints and its moving average."""
