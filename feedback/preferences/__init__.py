"""Judgements as a model learns from them."""
