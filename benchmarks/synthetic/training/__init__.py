"""Trains the starter model from nothing: `python -m benchmarks.synthetic.training`; how and why is in generation/starter/README.md."""
