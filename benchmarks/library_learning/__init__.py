"""What the studio's own frames are worth: beside people's judgements, and without any.

    python -m benchmarks.library_learning --taste warm_lights --frames 0,500 --pairs 0,50,100 --out out/library.jsonl

A library of frames in a hidden taste (of renders of captions that are not held out, those that the taste scores highest; no
model drew any), and simulated people of that taste. The real runs learn from both, and their takes of held-out prompts are
measured as the house-style benchmark measures them.
"""
