"""Clips on the board: the picture until somebody wants the controls, by pointer or by key."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, add_clips, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def where_controls_lie(clip: Locator) -> np.ndarray:
    """The lower right of the clip as it is painted: not where its badge is."""
    shot = np.asarray(Image.open(io.BytesIO(clip.screenshot())).convert("RGB"), dtype=np.int16)
    return shot[-36:, shot.shape[1] // 2 :]


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    return float(np.abs(one - other).mean()) > 4


def test_a_clip_of_a_brief_has_controls_when_it_is_pointed_at_or_reached_by_key(page: Page, served: Served) -> None:
    add_clips(served.studio, 1)
    sign_in(page, served, "ana", "/briefs")
    clip = page.locator(".ct-clip video").first
    clip.wait_for(timeout=15_000)
    page.wait_for_function("() => document.querySelector('.ct-clip video').readyState >= 2")
    seen = {"at rest": where_controls_lie(clip)}
    clip.hover()
    page.wait_for_timeout(500)  # the browser fades its controls in and out
    seen["pointed at"] = where_controls_lie(clip)
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    seen["left again"] = where_controls_lie(clip)
    clip.focus()
    page.wait_for_timeout(500)
    seen["reached by key"] = where_controls_lie(clip)
    assert not differ(seen["at rest"], seen["left again"])
    assert differ(seen["at rest"], seen["pointed at"])
    assert differ(seen["at rest"], seen["reached by key"])
