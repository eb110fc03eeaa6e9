"""What goes out of the studio and comes in."""
