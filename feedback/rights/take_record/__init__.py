"""The parts of a take's passport, each read from the record for many takes at once."""
