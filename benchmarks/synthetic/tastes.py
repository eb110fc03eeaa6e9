"""The built-in tastes by name, in groups: what `--taste` knows, and what a curve of tastes measures by default."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable

import numpy as np

from benchmarks.synthetic import camera_moves, composition_reader, compositions, oracles

# Each varies within one caption when the starter draws; what does not (grain) is in neither group.
LOOK = ("warm", "contrasty", "soft", "barred", "muted", "warm_lights")
COMPOSITION = ("subject_left", "off_centre", "light_from_left", "subject_by_light", "low_horizon", "bold_subject")
CLIPS = ("pan_left", "pushing_in", "steady")
GROUPS = {"look": LOOK, "composition": COMPOSITION, "clips": CLIPS}
MODULES = (oracles, compositions, camera_moves)
OTHERS = ("large_subject", "panning", "tilting")  # known by name, in no group
BUILT_IN = tuple(dict.fromkeys((*oracles.BUILT_IN, *LOOK, *COMPOSITION, *CLIPS, *OTHERS)))


def function_of(name: str) -> Callable[[np.ndarray], np.ndarray]:
    """The taste of this name, one of BUILT_IN: pixels [B, F, H, W, 3] to a score per item."""
    return next(getattr(module, name) for module in MODULES if hasattr(module, name))


def group_of(name: str) -> str | None:
    """look, composition or clips; None for a taste of none of them, such as one of a file."""
    return next((group for group, names in GROUPS.items() if name in names), None)


def source_of(name: str) -> str:
    """The code of a built-in taste, and of a composition's reader the weights: after an edit it is another taste.

    Nothing of any other name.
    """
    if name not in BUILT_IN:
        return ""
    module = sys.modules[function_of(name).__module__]
    parts = [inspect.getsource(module)]
    if module is compositions:
        weights = hashlib.sha256(composition_reader.READER.read_bytes()).hexdigest()
        parts += [inspect.getsource(composition_reader), weights]
    return "\n".join(parts)
