"""Full counts of the figures in `benchmarks/RESULTS.md`; short forms of the same are in the tests."""
