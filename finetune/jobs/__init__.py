"""What a person or a timer starts: a tuning run, a night."""
