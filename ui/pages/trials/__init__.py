"""What the Models page says of all trials together: how versions rank, and how many judgements are still needed."""
