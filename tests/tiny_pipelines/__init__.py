"""Tiny, random pipelines of the real classes: what tests draw with and tune, built offline."""
