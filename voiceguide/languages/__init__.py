"""The supported languages, one file each. docs/languages.md explains how to add one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from voiceguide.languages.model import Language

__all__ = ["LANGUAGES", "field_words", "language_for", "primary_language"]


class _LanguageFiles(Mapping[str, Language]):
    """The languages, keyed by code. Every file in this folder with a two- or three-letter name defines a language.

    Listing the codes does not import anything. A language file is imported the first time its language is looked up.
    """

    def __getitem__(self, code: str) -> Language:
        if code not in _codes():
            raise KeyError(code)
        language = import_module(f"{__name__}.{code}").LANGUAGE
        assert isinstance(language, Language)
        return language

    def __iter__(self) -> Iterator[str]:
        return iter(_codes())

    def __len__(self) -> int:
        return len(_codes())


def _codes() -> list[str]:
    names = {path.stem for folder in __path__ for path in Path(folder).glob("*.py")}
    return sorted(name for name in names if len(name) in (2, 3) and name.isalpha())


LANGUAGES: Mapping[str, Language] = _LanguageFiles()


def primary_language(tag: str) -> str:
    """Return the language of a BCP 47 tag, without the script and region: `en` for `en-US`."""
    return tag.strip().lower().replace("_", "-").partition("-")[0]


@lru_cache(maxsize=64)
def language_for(tag: str) -> Language | None:
    """Return the language of a BCP 47 tag, or None if the language has no file."""
    return LANGUAGES.get(primary_language(tag))


@lru_cache(maxsize=8)
def field_words(code: str) -> Mapping[str, str]:
    """Return the massage, yoga and anatomy terms that engines mispronounce, mapped to `/phonemes/`."""
    path = Path(__file__).with_name(f"field_words_{code}.tsv")
    if not path.is_file():
        return {}
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {word: f"/{phonemes}/" for word, phonemes, _ in rows}
