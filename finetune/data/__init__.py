"""From judgements and media to batches: examples, latents, noise."""
