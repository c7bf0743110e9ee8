"""Work on many things shared out to several processes of ffmpeg: few of them, that all end at about the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["split_into_batches"]

T = TypeVar("T")


def split_into_batches(
    items: Sequence[T], frame_count: Callable[[T], int], jobs: int, min_frames: int, max_frames: int
) -> Iterator[list[T]]:
    """The things in order, in lots of `least` to `most` frames for so many jobs; a larger thing is a lot by itself.

    The start of a process costs as much as some hundred frames do, so lots are large; towards the end they become
    smaller, since whoever has a large one left then is waited for.
    """
    sizes = [frame_count(thing) for thing in items]
    left = sum(sizes)
    lot: list[T] = []
    size = 0
    for thing, frames in zip(items, sizes, strict=True):
        if lot and size + frames > max(min_frames, min(max_frames, left // (2 * jobs))):
            yield lot
            left -= size
            lot, size = [], 0
        lot.append(thing)
        size += frames
    if lot:
        yield lot
