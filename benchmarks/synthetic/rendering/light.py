"""Light and air of a scene: the colours that time of day and weather give to sky and things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.synthetic.labels import Content, Style
from benchmarks.synthetic.rendering.canvas import Colour, mix, rgb


@dataclass(frozen=True)
class Light:
    """The light of one scene; colours are float32[3] in [0, 1]."""

    zenith: Colour
    """Sky at the top of the frame."""
    skyline: Colour
    """Sky at the horizon, and the colour that distance fades to."""
    tint: Colour
    """Colour of the light that falls on things."""
    strength: float
    """Brightness of that light."""
    sun: Colour
    """Colour of the sun or moon."""
    altitude: float
    """Height of the sun or moon above the horizon, in frame heights."""
    dark: bool
    """Whether lamps and windows are lit."""
    from_right: bool
    """Whether the light comes from the right."""

    def on(self, albedo: Colour) -> Colour:
        """Give the colour of a surface in this light."""
        return albedo * self.tint * self.strength

    def far(self, albedo: Colour, haze: float) -> Colour:
        """Give the colour of a distant surface: `haze` 0 is near, 1 is lost in the sky."""
        return mix(self.on(albedo), self.skyline, haze)


# zenith, skyline, tint, strength, sun, altitude
_TIMES = {
    "dawn": (rgb(0.56, 0.66, 0.86), rgb(1.0, 0.80, 0.74), rgb(1.0, 0.88, 0.86), 0.78, rgb(1.0, 0.95, 0.80), 0.10),
    "day": (rgb(0.20, 0.46, 0.85), rgb(0.72, 0.86, 0.96), rgb(1.0, 1.0, 0.97), 1.0, rgb(1.0, 0.99, 0.90), 0.34),
    "dusk": (rgb(0.27, 0.13, 0.34), rgb(0.98, 0.46, 0.16), rgb(1.0, 0.66, 0.50), 0.46, rgb(1.0, 0.62, 0.22), 0.05),
    "night": (rgb(0.05, 0.07, 0.18), rgb(0.17, 0.23, 0.42), rgb(0.62, 0.74, 1.0), 0.42, rgb(0.93, 0.94, 0.88), 0.34),
}
# How far sky and light go to grey: the share, and the grey relative to the skyline's brightness.
_OVERCAST = {"clear": (0.0, 1.0), "rain": (0.5, 0.75), "snow": (0.45, 0.9), "fog": (0.5, 1.0)}


def light_scene(content: Content, style: Style) -> Light:
    """Give the light of a content; weather greys it, style says only from which side it comes."""
    zenith, skyline, tint, strength, sun, altitude = _TIMES[content.time]
    share, level = _OVERCAST[content.weather]
    grey = np.full(3, skyline.mean() * level, np.float32) * mix(rgb(1, 1, 1), skyline / skyline.mean(), 0.45)
    zenith, skyline = mix(zenith, grey * 0.85, share), mix(skyline, grey, share)
    return Light(
        zenith=zenith,
        skyline=skyline,
        tint=mix(tint, np.full(3, tint.mean(), np.float32), share * 0.5),
        strength=strength * (1 - 0.25 * share),
        sun=mix(sun, skyline, min(0.8, share * 1.3)),
        altitude=altitude,
        dark=content.time in ("dusk", "night"),
        from_right=style.mirrored,
    )
