"""Learning from the studio's library: by itself, and beside what people judged."""
