"""How scenes are painted: canvas, light, places and subjects."""
