"""How long people wait on the review page, in a browser."""
