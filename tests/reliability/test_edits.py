"""A few random edits of a short routine: a build that uses the cache has the same bytes as one from scratch."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.edits import check_edits, make_caches
from tests.support.long_forms import long


@long
def test_a_build_after_an_edit_has_the_same_bytes_with_and_without_the_cache(
    tmp_path: Path, shared_cache: Path
) -> None:
    """The FAQ used to say that a few frames in ten thousand may depend on the cache."""
    make_caches(tmp_path, shared_cache, beds=("rain", "bowl"))  # this seed has no other beds
    assert check_edits(14, tmp_path, edits=2) == []
