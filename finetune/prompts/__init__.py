"""The prompt writer: a small language model that adds to a brief what this studio's people were seen to prefer."""
