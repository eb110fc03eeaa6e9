"""Records as people read them."""

from __future__ import annotations

from typing import Any

import numpy as np


def round_numbers(value: Any, digits: int = 4) -> Any:
    """Floats to a few digits at any depth, numpy's numbers to Python's."""
    if isinstance(value, dict):
        return {key: round_numbers(each, digits) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [round_numbers(each, digits) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    # Learning rates are all small: significant digits would be lost with the others.
    return round(value, digits) if isinstance(value, float) and abs(value) >= 0.01 else value
