"""Films of high dynamic range or wide gamut as the pictures of an ordinary screen.

PQ is SMPTE ST 2084, HLG is ARIB STD-B67 with the system gamma of ITU-R BT.2100 for a screen of 1000 nits. Up to half of
diffuse white (203 nits, ITU-R BT.2408) light stays as it is; what is brighter is rolled off up to 1000 nits.
"""

from __future__ import annotations

import numpy as np

PQ, HLG = 16, 18  # FFmpeg's numbers of transfer functions
BT2020, P3_DCI, P3_DISPLAY = 9, 11, 12  # and of primaries
WHITE, PEAK = 203.0, 1000.0  # nits
KNEE = 0.5  # of white, in light: from here up it is rolled off
LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
TO_709 = {
    BT2020: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32),
    P3_DISPLAY: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]], np.float32),
}
TO_709[P3_DCI] = TO_709[P3_DISPLAY]  # their whites differ a little


def needs_grading(transfer: int, primaries: int) -> bool:
    return transfer in (PQ, HLG) or primaries in TO_709


def to_screen(pixels: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    """uint8 [H, W, 3] in BT.709 of uint16 [H, W, 3], full range, as the film codes it."""
    code = pixels.astype(np.float32) / 65535.0
    is_high = transfer in (PQ, HLG)
    light = light_of(code, transfer)
    if is_high:
        light = roll_off(light)
    matrix = TO_709.get(BT2020 if is_high and primaries not in TO_709 else primaries)
    if matrix is not None:
        light = light @ matrix.T
    return (encode_screen(np.clip(light, 0.0, 1.0)) * 255.0 + 0.5).astype(np.uint8)


def light_of(code: np.ndarray, transfer: int) -> np.ndarray:
    """Linear light, 1 being diffuse white."""
    if transfer == PQ:
        return pq_to_nits(code) / WHITE
    if transfer == HLG:
        return hlg_to_nits(code) / WHITE
    return code**2.4  # a screen's, ITU-R BT.1886


def pq_to_nits(code: np.ndarray) -> np.ndarray:
    power = np.clip(code, 0.0, 1.0) ** (1 / 78.84375)
    return 10000.0 * (np.maximum(power - 0.8359375, 0.0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)


def hlg_to_nits(code: np.ndarray) -> np.ndarray:
    scene = np.where(code <= 0.5, code**2 / 3.0, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12.0)
    luma = np.maximum(scene @ LUMA_2020, 1e-6)[..., None]
    return PEAK * luma**0.2 * scene


def roll_off(light: np.ndarray) -> np.ndarray:
    """Values up to the knee as they are; from there to the peak onto what is left below 1, by the largest of the three.

    One factor for all three keeps the colour.
    """
    largest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    above = (np.minimum(largest, PEAK / WHITE) - KNEE) / (PEAK / WHITE - KNEE)
    slope = (PEAK / WHITE - KNEE) / (1.0 - KNEE)  # it goes on as it comes
    bowed = KNEE + (1.0 - KNEE) * (slope * above) / (1.0 + (slope - 1.0) * above)
    return light * np.where(largest > KNEE, bowed / largest, 1.0)


def encode_screen(light: np.ndarray) -> np.ndarray:
    return light ** (1 / 2.4)
