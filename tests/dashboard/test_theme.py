"""Colours can be told apart: on both backgrounds, and by red- and green-blind eyes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dashboard.theme import COMPOSED_COLOR, PALETTE, percent, points, system_styles, times

COLORS = (*PALETTE, COMPOSED_COLOR)
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(TO_XYZ @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
@pytest.mark.parametrize("color", COLORS)
def test_contrast_is_at_least_three(color: str, background: str) -> None:
    dark, light = sorted(float(TO_XYZ[1] @ linear(one)) for one in (color, background))
    assert (light + 0.05) / (dark + 0.05) >= 3


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_differ_for_all_eyes(sight: str) -> None:
    seen = {color: lab(SIGHT[sight] @ linear(color)) for color in COLORS}
    assert min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(COLORS, 2)) > 14


def test_more_systems_than_colors_still_differ() -> None:
    styles = system_styles(map(str, range(20)))
    assert len(set(styles.values())) == 20


def test_numbers_read_well() -> None:
    assert (percent(float("nan")), times(float("inf")), points(-0.0001)) == ("–", "∞", "+0.0")
