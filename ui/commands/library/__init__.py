"""The studio's own library: what is read into it, what is in it, and what of it is not to be used."""
