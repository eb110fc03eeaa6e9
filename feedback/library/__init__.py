"""The studio's own library: titles, the files that they are read from, and the frames and clips that were chosen."""
