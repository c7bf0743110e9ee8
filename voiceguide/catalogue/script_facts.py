"""What a catalogue needs to know about a script. It is cached, because hashing a script is faster than reading it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from voiceguide import __version__
from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.asset_check import find_asset_files, list_asset_names
from voiceguide.script.loader import load_script, read_script_file
from voiceguide.script.parsing.nodes import MapNode
from voiceguide.script.parsing.yaml_reader import parse_yaml
from voiceguide.script.path_lookup import kind_at
from voiceguide.system.disk_cache import Cache, digest, get_or_make

__all__ = ["InputFile", "ScriptFacts", "hash_file", "looks_like_script", "read_script_facts"]


@dataclass(frozen=True)
class InputFile:
    """A file that a session is made from."""

    path: str
    sha256: str
    """Empty if the file does not exist."""


@dataclass(frozen=True)
class ScriptFacts:
    """What the catalogue needs to know about a script."""

    path: Path
    title: str
    description: str
    language: str
    variants: tuple[str, ...]
    files: tuple[InputFile, ...]
    """The script, then every file named in it, in order of name."""


def read_script_facts(path: Path, cache: Cache) -> ScriptFacts:
    """Read a script, unless it was read before, and hash the files named in it.

    Raises:
        ScriptError: The script is not valid. The error lists every problem.
        VoiceguideError: The script does not exist or cannot be read.
    """
    data = read_script_file(path)
    checksum = sha256(data).hexdigest()
    facts = json.loads(get_or_make(cache, digest("script facts", __version__, data), lambda: _parse(path, data)))
    assets = sorted(find_asset_files(path.parent, facts["assets"]))
    files = (InputFile(str(path), checksum), *(InputFile(str(file), hash_file(file)) for file in assets))
    return ScriptFacts(path, facts["title"], facts["description"], facts["language"], tuple(facts["variants"]), files)


def _parse(path: Path, data: bytes) -> bytes:
    script = load_script(path, data)
    routine = script.routine
    facts = {
        "title": routine.title,
        "description": routine.description or "",
        "language": routine.language,
        "variants": list(routine.variants),
        "assets": list_asset_names(script),
    }
    return json.dumps(facts).encode()


def looks_like_script(path: Path) -> bool:
    """Return whether a file is a script, perhaps with mistakes. Dictionaries and catalogues are not."""
    root = parse_yaml(read_script_file(path), str(path)).root
    return not isinstance(root, MapNode) or not {"voiceguide", "title", "stages"}.isdisjoint(root)


_hashes: dict[tuple[str, int, int, int], str] = {}
"""The hashes of files by path, time of change, size and inode: many scripts use the same background."""


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, or an empty string if it does not exist or is not a regular file.

    Raises:
        VoiceguideError: The file cannot be read.
    """
    try:
        if kind_at(path) != "file":
            return ""
        status = path.stat()
        key = (str(path), status.st_mtime_ns, status.st_size, status.st_ino)
        if key not in _hashes:
            with path.open("rb") as file:
                result = sha256()
                while block := file.read(1 << 20):
                    result.update(block)
            _hashes[key] = result.hexdigest()
        return _hashes[key]
    except OSError as error:
        raise VoiceguideError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
