"""Divide the work into batches, one per ffmpeg process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["split_into_batches"]

T = TypeVar("T")


def split_into_batches(
    items: Sequence[T], frame_count: Callable[[T], int], jobs: int, min_frames: int, max_frames: int
) -> Iterator[list[T]]:
    """Yield the items in order, in batches of `min_frames` to `max_frames` frames. A larger item forms its own batch.

    Starting a process takes as long as encoding a few hundred frames, so batches are large. They become smaller toward
    the end, so that the `jobs` parallel processes finish at about the same time.
    """
    sizes = [frame_count(item) for item in items]
    remaining = sum(sizes)
    batch: list[T] = []
    batch_frames = 0
    for item, frames in zip(items, sizes, strict=True):
        if batch and batch_frames + frames > max(min_frames, min(max_frames, remaining // (2 * jobs))):
            yield batch
            remaining -= batch_frames
            batch, batch_frames = [], 0
        batch.append(item)
        batch_frames += frames
    if batch:
        yield batch
