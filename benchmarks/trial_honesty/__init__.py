"""How honest blind trials are: equal versions that are promoted, and what the ranking of all versions claims."""
