"""Developer tool: draw the icons of the phone page. Run `python -m voiceguide.web.make_icons` to update them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ICONS", "draw_icon"]

ICONS = {"icon-192.png": (192, 0.92), "icon-512.png": (512, 0.92), "icon-maskable-512.png": (512, 0.66)}
"""The side length in pixels, and the diameter of the ring as a fraction of it. Phones crop a maskable icon to its
central 80%."""
_BACKGROUND_COLOR = "#10211f"
_RING_SEGMENTS = (("#f2c48d", 130), ("#8fc1b5", 95), ("#e7e0cf", 60), ("#d98e73", 75))
"""The color of each ring segment, and its angle in degrees."""
_SUPERSAMPLING = 4


def draw_icon(pixels: int, ring_share: float) -> Image:
    """Draw a drop surrounded by a ring of stages."""
    from PIL import Image, ImageDraw

    side = pixels * _SUPERSAMPLING
    picture = Image.new("RGB", (side, side), _BACKGROUND_COLOR)
    draw = ImageDraw.Draw(picture)
    middle, radius = side / 2, side * ring_share / 2 * 0.92
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    begin = -90.0
    for color, degrees in _RING_SEGMENTS:
        draw.arc(box, begin + 4, begin + degrees - 4, fill=color, width=round(radius * 0.2))
        begin += degrees
    drop = radius * 0.34
    low = middle + radius * 0.12
    draw.ellipse((middle - drop, low - drop, middle + drop, low + drop), fill="#f6f0e4")
    top = middle - radius * 0.52
    draw.polygon(
        ((middle, top), (middle - drop * 0.91, low - drop * 0.42), (middle + drop * 0.91, low - drop * 0.42)),
        fill="#f6f0e4",
    )
    return picture.resize((pixels, pixels), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the icons to the folder of static files."""
    for name, (pixels, share) in ICONS.items():
        draw_icon(pixels, share).save(Path(__file__).parent / "static" / name, optimize=True)


if __name__ == "__main__":
    main()
