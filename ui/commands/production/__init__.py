"""Projects, shots, and the takes that are drawn for them."""
