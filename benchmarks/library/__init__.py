"""How fast films come into the library, against decoding them and nothing else, and how much memory that takes."""
