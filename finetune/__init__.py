"""From judgements to a candidate version: snapshot, cache, train, evaluate, refuse or register."""
