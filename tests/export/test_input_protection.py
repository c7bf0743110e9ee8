"""An output is recognized as an input by the file itself, however its path is written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from voiceguide.errors import ExportError
from voiceguide.export.input_protection import check_not_inputs


def _hard_link(original: Path) -> Path:
    os.link(original, original.with_name("hard.mp3"))
    return original.with_name("hard.mp3")


def _link(original: Path) -> Path:
    original.with_name("link.mp3").symlink_to(original)
    return original.with_name("link.mp3")


def _linked_folder(original: Path) -> Path:
    original.with_name("folder").symlink_to(original.parent, target_is_directory=True)
    return original.parent / "folder" / original.name


@pytest.mark.parametrize(
    "other_path",
    [
        lambda original: original,
        lambda original: Path(os.path.relpath(original)),
        lambda original: original.parent / "missing" / ".." / original.name,
        _hard_link,
        _link,
        _linked_folder,
    ],
)
def test_an_output_that_is_an_input_is_refused(tmp_path: Path, other_path: Callable[[Path], Path]) -> None:
    original = tmp_path / "rain.mp3"
    original.write_bytes(b"rain")
    output = other_path(original)
    shown = "" if str(output) == str(original) else f" (the same file as {original})"
    message = f"{output} was not written: it is an input of this command{shown}. Choose another output file."
    with pytest.raises(ExportError, match=f"^{re.escape(message)}$"):
        check_not_inputs([tmp_path / "else.mp3", output], [original])


def test_two_outputs_with_one_name_are_refused(tmp_path: Path) -> None:
    output = tmp_path / "session.html"
    message = f"{output} was not written: two output files would have this name. Choose another output file."
    with pytest.raises(ExportError, match=f"^{re.escape(message)}$"):
        check_not_inputs([output, tmp_path / "session.lrc", output], [])


def test_other_files_are_accepted_even_if_they_are_missing_or_impossible(tmp_path: Path) -> None:
    (tmp_path / "copy.mp3").write_bytes(b"rain")
    (tmp_path / "rain.mp3").write_bytes(b"rain")
    loop = tmp_path / "loop.mp3"
    loop.symlink_to(loop)
    outputs = [tmp_path / "copy.mp3", tmp_path / "new.mp3", loop, Path("\0")]
    check_not_inputs(outputs, [tmp_path / "rain.mp3", tmp_path / "missing.wav", tmp_path / "missing" / "rain.mp3"])
