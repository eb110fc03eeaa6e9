"""How long people wait in studios of a thousand to two hundred thousand takes."""
