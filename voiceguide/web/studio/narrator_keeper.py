"""Keep the narrator between versions of a script, so that models stay loaded and no unchanged line is spoken again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceguide.pipeline.asset_check import asset_file_states
from voiceguide.pipeline.session_builder import SessionBuilder, make_narrator, open_builder_for_script
from voiceguide.script.loader import Script, load_script
from voiceguide.speech.narrator import Narrator
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.arrangement.overrides import Overrides

__all__ = ["NarratorKeeper"]


class NarratorKeeper:
    """Opens a builder for each version of a script, and reuses the narrator until a version needs a different one."""

    def __init__(self, cache: DiskCache) -> None:
        self.cache = cache
        self._narrator: Narrator | None = None
        self._key: object = None
        self._loaded: tuple[str, Path, Script] | None = None

    def load(self, text: str, path: Path) -> Script:
        """Read the text of a script that is, or will be, at `path`, unless it is the one that was read last.

        A step is heard and prepared in many requests with the same text.

        Raises:
            ScriptError: The script has problems.
        """
        if self._loaded is None or self._loaded[:2] != (text, path):
            self._loaded = text, path, load_script(path, text.encode("utf-8", "surrogatepass"))
        return self._loaded[2]

    @contextmanager
    def open_builder(self, script: Script) -> Iterator[SessionBuilder]:
        """Open the builder of a script.

        Raises:
            ScriptError: A voice, file or phrase in the script cannot be used.
        """
        narrator = self._narrator_for(script)
        with open_builder_for_script(script, Overrides(), self.cache, narrator=narrator) as builder:
            yield builder

    def _narrator_for(self, script: Script) -> Narrator:
        """Return the narrator of the previous version if it would speak this version correctly, otherwise a new one."""
        key = script.folder, script.routine.words, asset_file_states(script)
        if self._narrator is None or self._key != key:
            if self._narrator is not None:
                self._narrator.release_engines()
            self._narrator, self._key = make_narrator(script, Overrides(), self.cache), key
        return self._narrator
