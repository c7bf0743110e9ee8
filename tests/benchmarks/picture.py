"""A plot of build time against session length on logarithmic axes, where proportional growth is a straight line."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 400, 70, 50, 50, 140
COLORS = ("#1b7f79", "#b4552d")


def growth_svg(minutes: Sequence[int], fixed: Sequence[float], growing: Sequence[float]) -> str:
    """Return an SVG with two lines: a constant amount of speech, and speech that grows with the length."""
    low, high = 1.0, 10 ** math.ceil(math.log10(max(*fixed, *growing)))

    def point(length: float, seconds: float) -> tuple[float, float]:
        x = math.log(length / minutes[0]) / math.log(minutes[-1] / minutes[0])
        y = math.log(max(seconds, low) / low) / math.log(high / low)
        return LEFT + x * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#fff"/>',
        _text(LEFT, 28, "Seconds for the first build, by session length", 15, "#1d2733"),
    ]
    for length in minutes:
        x, y = point(length, low)
        parts.append(_text(x, y + 22, f"{length} min", 12, "#5b6875", "middle"))
    seconds = low
    while seconds <= high:
        x, y = point(minutes[0], seconds)
        parts.append(f'<path d="M{x:.0f} {y:.0f}H{WIDTH - RIGHT}" stroke="#e3e8ed"/>')
        parts.append(_text(x - 10, y + 4, f"{seconds:g} s", 12, "#5b6875", "end"))
        seconds *= 10
    for name, values, color in (("constant speech", fixed, COLORS[0]), ("growing speech", growing, COLORS[1])):
        points = [point(length, value) for length, value in zip(minutes, values, strict=True)]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{color}"/>' for x, y in points]
        parts.append(_text(points[-1][0] + 12, points[-1][1] + 4, name, 13, color))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, size: int, fill: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{text}</text>'
