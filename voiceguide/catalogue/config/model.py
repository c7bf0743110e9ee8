"""The model of a catalogue file: which scripts, in which variants, voices and formats, and where they go."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import Field, WithJsonSchema

from voiceguide.encode.formats import FORMATS
from voiceguide.script.model.field_types import FileName, LanguageTag, OneLineText, scalar_validator
from voiceguide.script.model.routine import ScriptModel, TextOrKeys
from voiceguide.script.model.value_parsers import parse_number
from voiceguide.script.parsing.nodes import join_or

__all__ = ["ALL", "DEFAULT", "SIDECAR_NAMES", "AudioFormat", "Catalogue", "Feed", "SessionGroup"]

DEFAULT = "default"
"""In `variants` and `voices`: what the script itself says."""
ALL = "all"
"""In `variants`: the script itself and every variant in it."""
SIDECAR_NAMES = (
    *("lrc", "vtt", "srt", "labels", "transcript", "ssml", "otio"),
    *("chapters_json", "cue_sheet", "html_player"),
)
BUCKET_SCHEMES = ("s3", "gs", "az")
CATEGORIES = (
    *("Arts", "Business", "Comedy", "Education", "Fiction", "Government", "Health & Fitness", "History"),
    *("Kids & Family", "Leisure", "Music", "News", "Religion & Spirituality", "Science", "Society & Culture"),
    *("Sports", "TV & Film", "Technology", "True Crime"),
)
"""The categories of Apple's directory, without their subcategories."""
_BITRATE_RANGE = (8, 512)


def _one_of(names: tuple[str, ...], what: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        name = text.strip().lower().replace("-", "_")
        if name not in names:
            raise ValueError(f'"{text[:40]}" is not {what}. Write {join_or(names)}.')
        return name

    return parse


def _parse_bitrate(text: str) -> int:
    number = parse_number(text, *_BITRATE_RANGE, "a bit rate in kb/s")
    if number != int(number):
        raise ValueError(f'"{text[:40]}" is not a whole number. Write a bit rate in kb/s, such as 96.')
    return int(number)


def _parse_version(text: str) -> int:
    if text.strip() != "1":
        raise ValueError(f'"{text[:40]}" is not a supported version of the catalogue. Write catalogue: 1.')
    return 1


def _parse_address(text: str) -> str:
    """Return a web address that file names can be appended to."""
    address = text.strip()
    if not address.startswith(("https://", "http://")) or any(character.isspace() for character in address):
        raise ValueError(f'"{address[:60]}" is not a web address. Write one such as https://example.com/audio/.')
    return address if address.endswith("/") else f"{address}/"


def _parse_store(text: str) -> str:
    """Return a folder, with the home folder for ~, or the address of a bucket."""
    address = " ".join(text.split())
    scheme, separator, rest = address.partition(":")
    if len(scheme) > 1 and separator and (rest.startswith("//") or scheme.lower() in BUCKET_SCHEMES):
        if scheme not in BUCKET_SCHEMES:
            known = join_or([f"{name}://" for name in BUCKET_SCHEMES])
            raise ValueError(
                f'"{address[:60]}" is not a folder or a bucket. The address of a bucket starts with {known}.'
            )
        if not rest.startswith("//"):
            raise ValueError(f'"{address[:60]}" is not complete. Write {scheme}://bucket/folder.')
        if not rest.strip("/") or rest.startswith("///"):
            raise ValueError(f"The bucket is missing: write {scheme}://bucket/folder.")
        return address
    return os.path.expanduser(address)


def _parse_email(text: str) -> str:
    email = text.strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise ValueError(f'"{email[:60]}" is not an email address. Write one such as studio@example.com.')
    return email


def _parse_category(text: str) -> str:
    """Return the category as Apple spells it."""
    wanted = " ".join(text.split()).lower().replace(" and ", " & ")
    for category in CATEGORIES:
        if category.lower() == wanted:
            return category
    raise ValueError(f'"{text[:40]}" is not one of Apple\'s categories. Write {join_or(CATEGORIES)}.')


def _choice(names: tuple[str, ...], what: str) -> Any:
    return Annotated[str, scalar_validator(_one_of(names, what)), WithJsonSchema({"enum": list(names)})]


Bitrate: TypeAlias = Annotated[
    int,
    scalar_validator(_parse_bitrate),
    WithJsonSchema({"type": ["integer", "string"], "minimum": _BITRATE_RANGE[0], "maximum": _BITRATE_RANGE[1]}),
]
Version: TypeAlias = Annotated[int, scalar_validator(_parse_version), WithJsonSchema({"const": 1})]
WebAddress: TypeAlias = Annotated[
    str, scalar_validator(_parse_address), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]
Email: TypeAlias = Annotated[str, scalar_validator(_parse_email), WithJsonSchema({"type": "string", "pattern": "@"})]
Category: TypeAlias = Annotated[str, scalar_validator(_parse_category), WithJsonSchema({"enum": list(CATEGORIES)})]
StoreAddress: TypeAlias = Annotated[str, scalar_validator(_parse_store), WithJsonSchema({"type": "string"})]
FormatName: TypeAlias = _choice(tuple(FORMATS), "an audio format")  # type: ignore[valid-type]
Sidecar: TypeAlias = _choice(SIDECAR_NAMES, "a sidecar file")  # type: ignore[valid-type]


class AudioFormat(TextOrKeys):
    """An audio format, and its bit rate."""

    format: FormatName = Field(description=f"{', '.join(FORMATS)}.")
    bitrate: Bitrate | None = Field(None, description="The bit rate in kb/s, for mp3, m4b and opus.")


class SessionGroup(ScriptModel):
    """Scripts, and what to make of each of them: every combination of variants, voices and formats."""

    scripts: tuple[FileName, ...] = Field(
        min_length=1,
        description="Script files, patterns such as routines/*.yaml, or bundled routines. With {language} in it, a "
        "pattern is used once for each of the `languages`.",
    )
    languages: tuple[LanguageTag, ...] = Field(
        (), description="Only scripts in these languages, such as [en, de]. Default: all scripts."
    )
    variants: tuple[OneLineText, ...] = Field(
        (DEFAULT,),
        description="Variants of the scripts; default is the script itself, and all means every variant. A script "
        "without one of these variants is left out for it.",
    )
    voices: tuple[OneLineText, ...] = Field(
        (DEFAULT,), description="Voices: NAME or ENGINE/NAME; default is the voice of the script."
    )
    formats: tuple[AudioFormat, ...] = Field(
        (AudioFormat(format="mp3"),),
        min_length=1,
        description="Audio formats: mp3, or {format: mp3, bitrate: 64}. Default: mp3.",
    )
    sidecars: tuple[Sidecar, ...] = Field(
        (), description=f"Files to write next to the audio: {', '.join(SIDECAR_NAMES)}."
    )
    name: OneLineText | None = Field(None, description="File names for these sessions. Default: the `name` above.")


class Feed(ScriptModel):
    """A podcast feed of the sessions."""

    title: OneLineText = Field(description="The title of the podcast.")
    description: OneLineText = Field(description="What the podcast is about.")
    author: OneLineText = Field(description="Who publishes it.")
    address: WebAddress = Field(description="Where the output can be reached, such as https://example.com/audio/.")
    link: WebAddress | None = Field(None, description="The website of the podcast. Default: the address.")
    email: Email | None = Field(None, description="The owner's address, which some directories ask for.")
    cover: FileName | None = Field(None, description="A square JPEG or PNG of 1,400 to 3,000 pixels.")
    category: Category = Field("Health & Fitness", description="The category in Apple's directory.")
    language: LanguageTag | None = Field(
        None, description="Only sessions in this language. Default: all, under the language of the first one."
    )
    format: AudioFormat | None = Field(
        None, description="The format to offer, if there are several. Default: the first of each session."
    )


class Catalogue(ScriptModel):
    """A voiceguide catalogue: many sessions, and where they go."""

    catalogue: Version = Field(description="The version of the catalogue file: 1.")
    output: StoreAddress = Field(
        description="A folder, relative to this file, or a bucket: s3://bucket/prefix, gs://..., az://..."
    )
    name: OneLineText = Field(
        "{script}-{variant}-{voice}",
        description="How the files are named, without extension: {script}, {title}, {language}, {variant}, {voice}, "
        "{format}, {bitrate}, and / for folders. An empty value also removes the separator before it.",
    )
    shared: StoreAddress | None = Field(
        None,
        description="A folder or bucket for what several machines share: scripts, spoken clips and backgrounds. "
        "Default: .voiceguide in the output.",
    )
    allow_paths: tuple[FileName, ...] = Field(
        (), description="Files and folders outside a script's own folder that the scripts may use."
    )
    sessions: tuple[SessionGroup, ...] = Field(min_length=1, description="What to build.")
    feed: Feed | None = Field(None, description="A podcast feed of the sessions, feed.xml.")
