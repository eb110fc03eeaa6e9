"""The house-style benchmark: how much of a hidden taste does a model learn from judgements, and what does it lose?

    python -m benchmarks.house_style --pairs 500 --taste warm_low_horizon --kind still --seed 0 --json

A simulated rater judges takes. The real tuning run learns from the ballots. Candidate and production draw briefs that
nobody judged, with seeds of their own. What is measured, and how to read it, is in docs/research/benchmark.md.
"""
