"""Media that come along with an export: named, with timecode and reel, and as pictures."""
