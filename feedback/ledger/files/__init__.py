"""A ledger as JSON, as tables, as a document to print, and in a few lines."""
