"""The HTTP routes that pages and programs use; described at /openapi.json."""
