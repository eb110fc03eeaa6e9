"""How many copies of library frames are found, and how many distinct frames are taken for copies."""
