"""The fonts that the tests of the sheet need: Debian's fonts-noto-core, fonts-noto-color-emoji, fonts-wqy-microhei."""

from __future__ import annotations

import os

import pytest

from feedback.exchange.contact_sheet.fonts import Fonts

SAMPLES = "aאعहกང中あ안😀"


def are_here() -> bool:
    fonts = Fonts()
    return all(fonts.face_of(letter, None) for letter in SAMPLES)


# Where the tests are the judge, a font that is not there is a failure.
needs_fonts = pytest.mark.skipif(
    os.environ.get("CI") != "true" and not are_here(),
    reason="install fonts-noto-core, fonts-noto-color-emoji and fonts-wqy-microhei",
)
