"""How well tastes are learned from pairs of renders: the share of unseen pairs that a reward model orders rightly.

    python -m benchmarks.reward_accuracy --json
    python -m benchmarks.reward_accuracy --features mine.py:hidden_states

Nothing is drawn by a model and nothing is tuned. Tastes of look are functions of pixels, those of composition are what the
renderer itself knows, so no network's reading error comes in. Of some captions pairs of renders are judged, with label
noise. The product's reward model is fitted to them and orders pairs of captions that nobody judged. `--features` names a
function of latents [N, z, 1, h, w] and their N captions that gives a row of numbers for each. A ridge Bradley-Terry model
of these rows learns from the same judgements and stands beside. `--encoder` gives the product's reward model an image encoder,
such as the stand-in that `python -m benchmarks.reward_accuracy.stand_in` trains.
"""
