"""Wordings of briefs: which led to chosen takes, the writers that learn from that, and their rewrites on blind trial."""
