"""Groups of features that a reward model uses together."""

from __future__ import annotations

import torch

Groups = dict[str, torch.Tensor]  # features of takes by group, each [takes, d]

LOOK = ("colour", "contrast", "rows", "motion")
TEXTURE = ("channels", "energy", "roughness")
STATISTICS: dict[str, tuple[str, ...]] = {
    "look": LOOK,
    "lines": (*LOOK, "horizon"),
    "frame": (*LOOK, "horizon", "columns", "upright"),
    "texture": (*LOOK, *TEXTURE),
    "layout": (*LOOK, *TEXTURE, "horizon", "columns", "upright", "grid", "channel_rows", "energy_rows"),
}
"""Of a take's latents, from few numbers to many. Which set is best depends on what people prefer."""
POINTED = "pointed"
POINTED_STATES, POINTED_PLACE = "pointed_states", "pointed_place"
HIDDEN_STATES: dict[str, tuple[str, ...]] = {
    POINTED: (POINTED_STATES, POINTED_PLACE),
    "hidden_states_4x4": ("states_4x4", "states_change"),
    "hidden_states_8x8": ("states_8x8", "states_change"),
}
"""Of the hidden states that the denoiser has of a take, on a grid; or where it has what people point at."""
ENCODED, ENCODED_MEAN, ENCODED_2X2, ENCODED_4X4 = "encoded", "encoded_1x1", "encoded_2x2", "encoded_4x4"
ENCODED_CHANGE = "encoded_change"
IMAGE_ENCODER: dict[str, tuple[str, ...]] = {
    "image_encoder": (ENCODED, ENCODED_MEAN, ENCODED_CHANGE),
    "image_encoder_2x2": (ENCODED, ENCODED_2X2, ENCODED_CHANGE),
    "image_encoder_4x4": (ENCODED, ENCODED_4X4, ENCODED_CHANGE),
}
"""Of the picture itself, by an image encoder of the studio's: as a whole, and on a grid."""
KINDS = (STATISTICS, HIDDEN_STATES, IMAGE_ENCODER)
SETS = {**STATISTICS, **HIDDEN_STATES, **IMAGE_ENCODER}


def kind_of(features: str) -> int:
    """The place of this set's kind in KINDS."""
    return next(place for place, kind in enumerate(KINDS) if features in kind)
