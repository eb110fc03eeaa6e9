"""How long people wait for the board of a large project, in a browser."""
