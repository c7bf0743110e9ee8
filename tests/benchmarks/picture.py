"""Cost against length as a plot, both axes logarithmic: what grows in proportion is a straight line at 45 degrees."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 400, 70, 50, 50, 140
COLOURS = ("#1b7f79", "#b4552d")


def growth_svg(minutes: Sequence[int], fixed: Sequence[float], growing: Sequence[float]) -> str:
    """Two lines: the same words whatever the length, and words that grow with it."""
    low, high = 1.0, 10 ** math.ceil(math.log10(max(*fixed, *growing)))

    def place(length: float, seconds: float) -> tuple[float, float]:
        across = math.log(length / minutes[0]) / math.log(minutes[-1] / minutes[0])
        up = math.log(max(seconds, low) / low) / math.log(high / low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#fff"/>',
        _text(LEFT, 28, "Time of a first build by session length", 15, "#1d2733"),
    ]
    for length in minutes:
        x, y = place(length, low)
        parts.append(_text(x, y + 22, f"{length} min", 12, "#5b6875", "middle"))
    seconds = low
    while seconds <= high:
        x, y = place(minutes[0], seconds)
        parts.append(f'<path d="M{x:.0f} {y:.0f}H{WIDTH - RIGHT}" stroke="#e3e8ed"/>')
        parts.append(_text(x - 10, y + 4, f"{seconds:g} s", 12, "#5b6875", "end"))
        seconds *= 10
    for name, values, colour in (("fixed speech", fixed, COLOURS[0]), ("growing speech", growing, COLOURS[1])):
        points = [place(length, value) for length, value in zip(minutes, values, strict=True)]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>' for x, y in points]
        parts.append(_text(points[-1][0] + 12, points[-1][1] + 4, name, 13, colour))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, size: int, fill: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{text}</text>'
