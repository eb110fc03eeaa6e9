"""What people say of takes. Append-only: a changed mind is a new row."""
