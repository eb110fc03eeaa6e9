"""Panels of people who disagree: how well each person's unseen verdicts are predicted, learned pooled, apart and shared.

    python -m benchmarks.each_person --json
    python -m benchmarks.each_person --panels 3xwarm,3xlow_horizon --judgements 40 --odd

A panel is written as people and tastes: `3xwarm,-low_horizon` are three who like warm frames and one who likes high horizons;
`warm+barred` likes both. Each judges pairs of renders of their own, with label noise. Pooled: the product's reward model of all
verdicts. Apart: the product's reward model of one person's verdicts. Shared: the product's rewards of each person, learned
together. `--odd` adds somebody who turns every verdict round and somebody who judges at random, and says who was found.
"""
