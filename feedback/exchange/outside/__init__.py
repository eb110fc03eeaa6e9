"""Takes that were made elsewhere, by models that this studio does not have: judged as all takes are, and data to learn from."""
