"""The public repository of piper voices: look up, install and remove voices.

Nothing in this module is used unless you ask for it with `voiceguide voices --get`. No other part of voiceguide uses
the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.script.parsing.nodes import join_or, quoted
from voiceguide.speech.engines.download import base_url, download_file, read_url
from voiceguide.speech.engines.piper.voice_files import MAX_CONFIG_MB, MAX_MODEL_MB, download_folder
from voiceguide.system.atomic_file import convert_write_errors

__all__ = ["RECOMMENDED_VOICES", "RemoteVoice", "find_remote_voice", "install_voice", "read_license", "remove_voice"]

DEFAULT_URL = "https://huggingface.co/rhasspy/piper-voices/resolve/main"
RECOMMENDED_VOICES = {
    "de": "de_DE-thorsten-medium",
    "es": "es_ES-davefx-medium",
    "fr": "fr_FR-siwis-medium",
    "it": "it_IT-paola-medium",
    "pt": "pt_BR-faber-medium",
    "nl": "nl_NL-mls-medium",
    "pl": "pl_PL-darkman-medium",
    "ru": "ru_RU-irina-medium",
}
MAX_INDEX_BYTES = 16 << 20
MAX_CARD_BYTES = 1 << 20
_NAME = re.compile(r"[\w-]+")
_LICENSE = re.compile(r"^[*\s-]*licen[cs]e\W*(.+)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class RemoteFile:
    """A file in the repository. `path` is relative to the repository's URL."""

    path: str
    size_bytes: int
    md5: str


@dataclass(frozen=True)
class RemoteVoice:
    """A voice in the repository."""

    name: str
    language: str
    """The English name of the language: `German (Germany)`."""
    quality: str
    model: RemoteFile
    config: RemoteFile
    card: RemoteFile | None

    @property
    def size_bytes(self) -> int:
        return self.model.size_bytes + self.config.size_bytes


def repository_url() -> str:
    """Return the URL of the repository, without a trailing slash."""
    return base_url(DEFAULT_URL)


def find_remote_voice(name: str) -> RemoteVoice:
    """Return the voice with that name from the repository's list.

    Raises:
        SpeechError: if the list cannot be read or is not valid, or if there is no such voice. The message suggests
            similar names, or lists the voices of a language if `name` is a language.
    """
    url = f"{repository_url()}/voices.json"
    try:
        index = json.loads(read_url(url, MAX_INDEX_BYTES))
        entries = {str(key): value for key, value in index.items() if _NAME.fullmatch(key)}
    except (ValueError, AttributeError, RecursionError) as error:
        raise SpeechError(f"{url} is not a list of voices ({type(error).__name__}). Try again later.") from error
    if name not in entries:
        raise SpeechError(f'{repository_url()} has no voice "{name}". {_suggest(name, list(entries))}')
    try:
        return _parse_entry(name, entries[name])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SpeechError(
            f"{url}: the entry of {name} is not valid ({type(error).__name__}: {error}). Choose another voice."
        ) from error


def _suggest(name: str, names: list[str]) -> str:
    from rapidfuzz import process

    same = [each for each in sorted(names) if primary_language(each) == name.lower()]
    if same:
        return f"Its voices for that language: {', '.join(same)}."
    similar = [match[0] for match in process.extract(name, names, limit=3, score_cutoff=65)]
    if similar:
        return f"Did you mean {join_or([quoted(name) for name in similar])}?"
    return "Write the code of a language, such as de, to see its voices."


def _parse_entry(name: str, entry: Mapping[str, Any]) -> RemoteVoice:
    files = {
        Path(path).name: RemoteFile(path, int(facts["size_bytes"]), str(facts["md5_digest"]))
        for path, facts in entry["files"].items()
    }
    model, config = files[f"{name}.onnx"], files[f"{name}.onnx.json"]
    if not 0 < model.size_bytes <= MAX_MODEL_MB << 20 or not 0 < config.size_bytes <= MAX_CONFIG_MB << 20:
        raise ValueError("its size is not plausible")
    language = entry["language"]
    return RemoteVoice(
        name,
        f"{language['name_english']} ({language['country_english']})",
        str(entry["quality"]),
        model,
        config,
        files.get("MODEL_CARD"),
    )


def read_license(voice: RemoteVoice) -> str:
    """Return the license given in the voice's model card, or an empty string if there is none."""
    if voice.card is None:
        return ""
    found = _LICENSE.search(read_url(_url(voice.card), MAX_CARD_BYTES).decode("utf-8", "replace"))
    return found[1].strip() if found else ""


def install_voice(voice: RemoteVoice, on_progress: Callable[[int], None] = lambda done_bytes: None) -> Path:
    """Download a voice and return the path of its model. `on_progress` gets the number of bytes so far.

    Both files are downloaded to a separate folder and moved only when both are complete and have the right checksums.
    If the download is interrupted, the next call resumes it.

    Raises:
        SpeechError: if the voice cannot be downloaded, or a file has the wrong size or checksum.
        ExportError: if it cannot be written.
    """
    folder = download_folder()
    target = folder / f"{voice.name}.onnx"
    with convert_write_errors(target):
        staging = folder / f".{voice.name}.part"
        staging.mkdir(parents=True, exist_ok=True)
        model, config = staging / target.name, staging / f"{target.name}.json"
        download_file(_url(voice.config), config, voice.config.size_bytes, voice.config.md5)
        already = voice.config.size_bytes
        download_file(
            _url(voice.model),
            model,
            voice.model.size_bytes,
            voice.model.md5,
            lambda done_bytes: on_progress(already + done_bytes),
        )
        # A voice is listed as soon as its model exists, so the model is moved last.
        config.replace(folder / config.name)
        model.replace(target)
        staging.rmdir()
    return target


def remove_voice(name: str) -> Path:
    """Delete a downloaded or partially downloaded voice, and return the path of its model.

    Raises:
        SpeechError: if no such voice has been downloaded.
        ExportError: if it cannot be deleted.
    """
    folder = download_folder()
    staging = folder / f".{name}.part"
    model = folder / f"{name}.onnx"
    files = [model, folder / f"{name}.onnx.json", staging / model.name, staging / f"{model.name}.json"]
    if not _NAME.fullmatch(name) or not any(file.exists() for file in files):
        raise SpeechError(f'No voice "{name}" was downloaded to {folder}. The list of voices shows what is installed.')
    with convert_write_errors(model):
        for file in files:
            file.unlink(missing_ok=True)
        if staging.exists():
            staging.rmdir()
    return model


def _url(file: RemoteFile) -> str:
    return f"{repository_url()}/{quote(file.path)}"
