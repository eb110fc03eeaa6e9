"""Each person's eye: one reward for each person, learned together, and who judges unlike the others."""
