"""Compression of the embedded plan. Damaged or oversized data is rejected."""

from __future__ import annotations

import zlib

__all__ = ["compress_plan", "decompress_bounded", "decompress_plan"]

_MAX_PLAN_BYTES = 1 << 26


def compress_plan(plan: bytes) -> bytes:
    """Return the plan in the compressed form that is stored in files."""
    return zlib.compress(plan, 9)


def decompress_plan(packed: bytes) -> bytes | None:
    """Return the decompressed plan, or None if it is damaged or too large."""
    return decompress_bounded(packed, _MAX_PLAN_BYTES)


def decompress_bounded(packed: bytes, max_bytes: int) -> bytes | None:
    """Return the decompressed data, or None if it is damaged or larger than `max_bytes`."""
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(packed, max_bytes)
    except zlib.error:
        return None
    return data if decompressor.eof else None
