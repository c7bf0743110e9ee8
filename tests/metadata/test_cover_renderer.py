"""Cover art: square, reproducible, arcs proportional to the stages, title inside the ring."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.support.long_forms import few
from voiceguide.metadata.cover_renderer import SIZE_PX, _drawable_title, cover_jpeg
from voiceguide.timeline.model import TimedStage, Timeline

S = 48_000
LONG = "Ten minutes of calm breathing before a long day at the desk, with colleagues and too much coffee " * 2


def session(title: str, lengths_s: list[int]) -> Timeline:
    stages, at = [], 0
    for number, length in enumerate(lengths_s):
        stages.append(TimedStage(f"Stage {number}", at, at + length * S, ()))
        at += length * S
    return Timeline(title, "en", tuple(stages), at)


def pixels(data: bytes) -> npt.NDArray[np.int16]:
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (SIZE_PX, SIZE_PX), "RGB")
    return np.asarray(picture, np.int16)


def ring_colors(picture: npt.NDArray[np.int16], radius: int, degrees: npt.NDArray[np.float64]) -> list[tuple[int, ...]]:
    """Return coarse colors at positions on the ring, in degrees clockwise from the top."""
    angles = np.radians(degrees - 90)
    rows = (SIZE_PX / 2 + radius * np.sin(angles)).astype(int)
    columns = (SIZE_PX / 2 + radius * np.cos(angles)).astype(int)
    return [tuple(int(value) // 32 for value in pixel) for pixel in picture[rows, columns]]


def foreground_radii(picture: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Return the radii of all pixels that differ from the background color, in order."""
    from_center = np.hypot(*(np.mgrid[:SIZE_PX, :SIZE_PX] - SIZE_PX / 2))
    return np.sort(from_center[np.abs(picture - picture[5, 5]).max(axis=2) > 40])


def count_between(radii: npt.NDArray[np.float64], inner: int, outer: int) -> int:
    """Return how many of the radii are at least `inner` and less than `outer`."""
    return int(np.searchsorted(radii, outer) - np.searchsorted(radii, inner))


ONE_STAGE, THREE_STAGES, MANY_STAGES = [1200], [60, 600, 3], [5] * 100 + [400]


@pytest.mark.parametrize(
    ("title", "lengths_s"),
    few(
        4,
        [
            ("Sleep", ONE_STAGE),
            ("Füße wärmen", THREE_STAGES),
            ("Расслабление стоп", MANY_STAGES),
            (LONG, ONE_STAGE),
            ("足裏", THREE_STAGES),
            ("x" * 190, THREE_STAGES),
            ("", MANY_STAGES),
            ("a " * 99, ONE_STAGE),
        ],
    ),
)
def test_any_session_has_a_cover_with_its_text_inside_the_ring(title: str, lengths_s: list[int]) -> None:
    data = cover_jpeg(session(title, lengths_s))
    radii = foreground_radii(pixels(data))
    assert count_between(radii, 0, 420) > 3000
    assert count_between(radii, 475, 495) == 0
    assert count_between(radii, 510, 590) > 300_000 * 0.45 * (len(lengths_s) < 50)
    assert count_between(radii, 610, 990) == 0
    assert len(data) < 400_000


def test_the_same_session_gives_the_same_bytes_and_another_title_does_not() -> None:
    first = cover_jpeg(session("Sleep", [60, 120]))
    assert cover_jpeg(session("Sleep", [60, 120])) == first
    assert cover_jpeg(session("Sleep well", [60, 120])) != first


def test_arcs_are_as_long_as_their_stages() -> None:
    picture = pixels(cover_jpeg(session("Thirds", [100, 200, 300])))
    middles = ring_colors(picture, 550, np.array([30.0, 120.0, 270.0]))
    assert len(set(middles)) == 3
    for edge in (0.0, 60.0, 180.0):
        before, after = ring_colors(picture, 550, np.array([edge - 4, edge + 4]))
        assert before in middles
        assert after in middles
        assert before != after


@pytest.mark.parametrize("count", [2, 5, 6, 7, 11, 16, 21])
def test_neighbors_on_the_ring_differ(count: int) -> None:
    picture = pixels(cover_jpeg(session("Many", [60] * count)))
    colors = ring_colors(picture, 550, (np.arange(count) + 0.5) * 360 / count)
    assert all(one != other for one, other in zip(colors, colors[1:] + colors[:1], strict=True))


def test_the_title_is_legible_at_200_pixels() -> None:
    """Strokes are about two pixels wide and clearly differ in brightness from the background."""
    picture = Image.open(io.BytesIO(cover_jpeg(session("Home foot massage", [100, 200])))).convert("L")
    small = np.asarray(picture.resize((200, 200), Image.Resampling.LANCZOS), np.int16)[60:125, 45:155]
    strokes = np.abs(small - np.median(small)) > 100
    assert strokes.sum() > 400
    assert strokes.any(axis=1).sum() > 25


@pytest.mark.parametrize(
    ("title", "drawable"),
    [
        ("Füße – wärmen", "Füße – wärmen"),
        ("Стопы", "Стопы"),
        ("ﬁne", "ﬁne"),
        ("Ｆｅｅｔ", "Feet"),
        ("足裏 massage", ""),
        ("", ""),
    ],
)
def test_characters_missing_from_the_font_are_replaced_or_the_title_is_left_out(title: str, drawable: str) -> None:
    assert _drawable_title(title) == drawable
