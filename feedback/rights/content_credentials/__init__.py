"""Content Credentials (C2PA): signed statements of how a file was made, written and read by c2pa-python."""
