"""What goes over HTTP, with its units; OpenAPI at /openapi.json is made from these."""
