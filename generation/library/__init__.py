"""Reading the studio's own films and pictures, and choosing from them what a model can learn from."""
