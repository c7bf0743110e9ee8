"""A few random edits of short routines: a build that uses the cache has the same bytes as one from scratch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.edits import check_edits, make_caches


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """A folder whose caches are shared by all seeds, so that later routines find the work of earlier ones.

    These seeds have no other beds.
    """
    path = tmp_path_factory.mktemp("edits")
    make_caches(path, shared_cache, beds=("rain", "bowl"))
    return path


@pytest.mark.parametrize("seed", [1, 14])
def test_a_build_after_an_edit_has_the_same_bytes_with_and_without_the_cache(seed: int, folder: Path) -> None:
    """The FAQ used to say that a few frames in ten thousand may depend on the cache."""
    assert check_edits(seed, folder, edits=2) == []
