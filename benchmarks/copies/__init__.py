"""The share of copied library frames that is marked, and of other pictures that are marked by mistake."""
