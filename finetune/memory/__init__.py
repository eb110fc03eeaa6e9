"""How a run fits into the machine's memory: what it measures, what it does a piece at a time, what waits elsewhere."""
