"""Cover art: the session title inside a ring with one arc per stage, proportional to its duration."""

from __future__ import annotations

import functools
import hashlib
import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from voiceguide.metadata.tags import clip_tag_text
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

__all__ = ["cover_jpeg"]

SIZE_PX = 1400
"""Width and height in pixels, the minimum that podcast directories require."""
_RING_RADII_PX = (600, 500)
"""Outer and inner radius."""
_TEXT_RADIUS_PX = 440
_GAP_DEGREES = 2.2
_SUPERSAMPLING = 2
"""The ring is drawn at this multiple of its final size and scaled down for smooth edges."""
_STRIP_HEIGHT_PX = 350
"""The ring is drawn in strips of this height because the whole supersampled image would take 31 MB."""
_TITLE_SIZES_PX = range(190, 78, -4)
_MAX_TITLE_LINES = 5


@dataclass(frozen=True)
class Palette:
    """Colors as #RRGGBB."""

    background: str
    ring: tuple[str, ...]
    title: str
    duration: str


_PALETTES = (
    Palette("#173f43", ("#f2c48d", "#8fc1b5", "#e7e0cf", "#d98e73", "#5f9ea0"), "#fbf7ee", "#b9d6cf"),
    Palette("#2b2d4a", ("#f4b6a6", "#9fa8da", "#f6e3c5", "#c48fb0", "#7f9ccb"), "#fbf7f2", "#c3c8ea"),
    Palette("#f4ede1", ("#2f5d62", "#d98e73", "#8aa899", "#c9a24b", "#6b7d8c"), "#22383b", "#5d6f70"),
    Palette("#3d2b2b", ("#e8b48a", "#c97b63", "#f0dfc8", "#9db4a0", "#d9a7a0"), "#fdf6ec", "#e0c3b0"),
    Palette("#e4ecec", ("#35606b", "#7fa6a3", "#d88c5f", "#a9b8a0", "#5a6f8f"), "#1f373f", "#587078"),
    Palette("#1f3a2e", ("#d9c27a", "#8fbf93", "#f0ead2", "#c98f64", "#6fa39a"), "#faf8ec", "#bfd6bd"),
)


def cover_jpeg(timeline: Timeline) -> bytes:
    """Return the cover as a square JPEG. The same session always produces identical bytes.

    The title is omitted if the font cannot display all of its characters.
    """
    from PIL import Image

    palette = _PALETTES[hashlib.sha256(timeline.title.encode("utf-8", "replace")).digest()[0] % len(_PALETTES)]
    picture = Image.new("RGB", (SIZE_PX, SIZE_PX), palette.background)
    lengths = [stage.length for stage in timeline.stages]
    strip = Image.new("RGB", (SIZE_PX * _SUPERSAMPLING, _STRIP_HEIGHT_PX * _SUPERSAMPLING))
    for top in range(0, SIZE_PX, _STRIP_HEIGHT_PX):
        strip.paste(palette.background, (0, 0, *strip.size))
        _draw_ring(strip, top * _SUPERSAMPLING, lengths, palette)
        picture.paste(strip.reduce(_SUPERSAMPLING), (0, top))
    _draw_text(picture, _drawable_title(clip_tag_text(timeline.title)), _format_hours_minutes(timeline.total), palette)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, subsampling=0, optimize=True)
    return file.getvalue()


def _draw_ring(strip: Image, top: int, lengths: Sequence[int], palette: Palette) -> None:
    """Draw the part of the ring that falls within a horizontal strip of the image.

    Arcs run clockwise from the top. The gap between two arcs shrinks for very short arcs. A single stage is drawn as a
    full circle.
    """
    from PIL import ImageDraw

    draw = ImageDraw.Draw(strip)
    outer, inner = (_circle_box(strip.width / 2, radius * _SUPERSAMPLING, top) for radius in _RING_RADII_PX)
    total = sum(lengths) or 1
    gap = min(_GAP_DEGREES, 90 / len(lengths)) if len(lengths) > 1 else 0.0
    at = 0
    for index, length in enumerate(lengths):
        start, stop = (360 * edge / total - 90 for edge in (at, at + length))
        at += length
        half_gap = min(gap, (stop - start) / 2) / 2
        color = palette.ring[_ring_color_index(index, len(lengths), len(palette.ring))]
        draw.pieslice(outer, start + half_gap, stop - half_gap, fill=color)
    draw.ellipse(inner, fill=palette.background)


def _circle_box(center: float, radius: float, top: int) -> tuple[float, float, float, float]:
    """Return the bounding box of a centered circle, relative to a strip that starts at `top`."""
    return center - radius, center - radius - top, center + radius, center + radius - top


def _ring_color_index(index: int, count: int, colors: int) -> int:
    """Return a color index that differs between adjacent arcs, including the last and the first."""
    would_match_first = index == count - 1 and index % colors == 0 and count > 1
    return 1 if would_match_first else index % colors


def _draw_text(picture: Image, title: str, duration: str, palette: Palette) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    middle = SIZE_PX / 2
    if not title:
        draw.text((middle, middle), duration, fill=palette.title, font=_font(190), anchor="mm")
        return
    lines, size = _fit_title(title)
    step = size * 1.16
    top = middle - 45 - step * (len(lines) - 1) / 2
    for index, line in enumerate(lines):
        draw.text((middle, top + index * step), line, fill=palette.title, font=_font(size), anchor="mm")
    draw.text(
        (middle, top + len(lines) * step - size * 0.5 + 75),
        duration,
        fill=palette.duration,
        font=_font(84),
        anchor="mm",
    )


def _fit_title(title: str) -> tuple[list[str], int]:
    """Return the lines of the title and the largest font size at which they fit inside the ring."""
    for size in _TITLE_SIZES_PX:
        lines = _wrap_title(title, size)
        if lines:
            return lines, size
    smallest = _TITLE_SIZES_PX[-1]
    shortened = _hyphenate_long_words(title, smallest)
    while not (lines := _wrap_title(shortened, smallest)):
        shortened = (shortened.rpartition(" ")[0] or shortened.rstrip("…")[:-1]) + "…"
    return lines, smallest


def _hyphenate_long_words(title: str, size: int) -> str:
    """Return the title with hyphens inserted into words that are too long for a line."""
    font = _font(size)
    max_width = _TEXT_RADIUS_PX * 1.5
    parts = [""]
    for char in title:
        if char != " " and font.getlength(parts[-1].split(" ")[-1] + char + "-") > max_width:
            parts.append("")
        parts[-1] += char
    return "- ".join(parts)


def _wrap_title(title: str, size: int) -> list[str]:
    """Divide the title into the smallest number of lines that fit inside the circle.

    Return an empty list if the title does not fit at this size.
    """
    font = _font(size)
    for count in range(1, _MAX_TITLE_LINES + 1):
        widths = [_available_line_width(index, count, size) for index in range(count)]
        if min(widths) <= 0:
            return []
        lines = _fill_lines(title.split(), [width * 0.97 for width in widths], font)
        if lines:
            return lines
    return []


def _available_line_width(index: int, count: int, size: int) -> float:
    """Return the width of the circle, in pixels, at the outer edge of a line.

    The lines are centered slightly above the middle because the duration is shown below them.
    """
    step = size * 1.16
    center = -45 + step * (index - (count - 1) / 2)
    edge: float = max(abs(center - size / 2), abs(center + size / 2 + (110 if index == count - 1 else 0)))
    return 2 * math.sqrt(max(0.0, _TEXT_RADIUS_PX**2 - edge**2))


def _fill_lines(words: Sequence[str], widths: Sequence[float], font: FreeTypeFont) -> list[str]:
    """Divide the words into lines of the given widths. Return an empty list if they do not all fit."""
    lines, rest = [], list(words)
    for width in widths:
        line: list[str] = []
        while rest and font.getlength(" ".join([*line, rest[0]])) <= width:
            line.append(rest.pop(0))
        if not line:
            return []
        lines.append(" ".join(line))
    return [] if rest else lines


def _drawable_title(title: str) -> str:
    """Return the title without accents that the font lacks, or an empty string if it lacks other characters."""
    font = _font(64)
    missing_glyph = _glyph_bitmap(font, "\U0010ffff")
    drawable = ""
    for char in unicodedata.normalize("NFC", title):
        base = unicodedata.normalize("NFKD", char)[0]
        found = next((each for each in (char, base) if each == " " or _glyph_bitmap(font, each) != missing_glyph), "")
        if not found:
            return ""
        drawable += found
    return drawable


def _glyph_bitmap(font: FreeTypeFont, char: str) -> bytes:
    return bytes(font.getmask(char))


@functools.lru_cache(maxsize=64)
def _font(size: int) -> FreeTypeFont:
    """Load Manrope from its Python package, so that covers are identical on all machines.

    Manrope supports accented Latin, Greek and Cyrillic.
    """
    from PIL import ImageFont

    data = (files("font_manrope") / "files" / "Manrope-Medium.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)


def _format_hours_minutes(total_samples: int) -> str:
    minutes = max(1, (total_samples + 30 * SAMPLE_RATE) // (60 * SAMPLE_RATE))
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
