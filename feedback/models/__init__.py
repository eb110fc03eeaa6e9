"""What draws: model versions, the runs that tuned them, and what each learned from."""
