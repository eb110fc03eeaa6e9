"""Pages of what supervisors look at: how far people agree, and what came of a day."""
