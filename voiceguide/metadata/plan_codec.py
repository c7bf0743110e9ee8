"""The plan of a session as files carry it: compressed, and not believed where it is damaged."""

from __future__ import annotations

import zlib

__all__ = ["compress_plan", "decompress_plan"]

_MAX_PLAN_BYTES = 1 << 26


def compress_plan(plan: bytes) -> bytes:
    """A plan as files carry it."""
    return zlib.compress(plan, 9)


def decompress_plan(packed: bytes) -> bytes | None:
    """The plan again; None where it is damaged or would be absurdly large."""
    decompressor = zlib.decompressobj()
    try:
        plan = decompressor.decompress(packed, _MAX_PLAN_BYTES)
    except zlib.error:
        return None
    return plan if decompressor.eof else None
