"""What stands behind a version and a take, and what follows when a consent is revoked."""
