"""What whoever runs the server sees of it: one log line and a measurement for each request."""
