"""Measurements. Each compares two things in one run and prints a ratio and JSON; nothing here is asserted by a test."""
