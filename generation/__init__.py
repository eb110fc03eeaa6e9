"""Takes: model families, loading, sampling, workers and media encoding."""
