"""Beds of one or several sounds. A bed is stored as text: rain, rain+pads, or pads+rain:-8+birds.flac."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voiceguide.builtin_names import BED_NAMES, BEDS, NONE, is_file_name
from voiceguide.script.model.value_parsers import parse_choice, parse_number

__all__ = [
    "BedLayer",
    "bed_files",
    "bed_in_script",
    "bed_label",
    "bed_text",
    "is_builtin_bed",
    "one_sound",
    "parse_bed",
    "parse_bed_list",
    "split_layers",
]

MAX_LAYERS = 8
_PART = re.compile(r"(?P<sound>.+?)(?::(?P<level>-?\d{1,2}(?:\.\d{1,3})?))?")
_FILE_PART = re.compile(r".*\.(?=\d*[^\W\d_])\w{1,5}")
"""A name with an extension. The 5 in "Track No.5" is none."""


@dataclass(frozen=True)
class BedLayer:
    """One sound of a bed."""

    sound: str
    """The name of a built-in bed, or an audio file as written in the script."""
    level_db: float = 0.0
    """The level relative to the other sounds."""


def split_layers(bed: str) -> tuple[BedLayer, ...]:
    """Return the sounds of a bed. A text that is not a list of beds and audio files is the name of one file."""
    layers = tuple(map(_parse_part, bed.split("+")))
    if len(layers) > 1 and all(layer.sound in BEDS or _FILE_PART.fullmatch(layer.sound) for layer in layers):
        return layers
    return (BedLayer(_unescape(bed)),)


def _parse_part(part: str) -> BedLayer:
    match = _PART.fullmatch(part.strip())
    if match is None:
        return BedLayer("")
    sound = match["sound"].strip()
    name = sound.lower() if sound.lower() in BEDS else _unescape(sound)
    return BedLayer(name, float(match["level"] or 0))


def bed_text(layers: Iterable[BedLayer]) -> str:
    """Return the text for a bed, so that `split_layers` returns these sounds."""
    several = list(layers)
    if len(several) == 1:
        return one_sound(several[0].sound)
    levels_db = [round(layer.level_db, 3) for layer in several]
    return "+".join(
        _escape(layer.sound) + (f":{level_db:g}" if level_db else "")
        for layer, level_db in zip(several, levels_db, strict=True)
    )


def one_sound(sound: str) -> str:
    """Return the text for a bed that is a single sound, even if the name of its file looks like several sounds.

    A name that is not a built-in bed is a file, even if it has no extension.
    """
    name = sound if is_file_name(sound) or sound in BED_NAMES else f"./{sound}"
    return name if split_layers(name) == (BedLayer(name),) else _escape(name)


def bed_label(bed: str) -> str:
    """Return a bed as people read it, such as "rain + garden.mp3 (-4 dB)"."""
    return " + ".join(
        layer.sound + (f" ({layer.level_db:g} dB)" if layer.level_db else "") for layer in split_layers(bed)
    )


def bed_in_script(bed: str) -> str | list[str]:
    """Return a bed as it can be written in a script."""
    names = [layer.sound for layer in split_layers(bed)]
    if len(names) > 1:
        return bed
    return names[0] if len(split_layers(names[0])) == 1 else names


def _escape(sound: str) -> str:
    return sound.replace("%", "%25").replace("+", "%2B")


def _unescape(text: str) -> str:
    return text.replace("%2B", "+").replace("%25", "%")


def bed_files(bed: str) -> list[str]:
    """Return the audio files of a bed."""
    return [layer.sound for layer in split_layers(bed) if is_file_name(layer.sound)]


def is_builtin_bed(bed: str) -> bool:
    """Return whether a bed needs no files."""
    return bed == NONE or all(layer.sound in BEDS for layer in split_layers(bed))


def parse_bed(text: str) -> str:
    """Parse a bed: a built-in bed, an audio file, or several of them joined by plus signs."""
    stripped = text.strip()
    if "+" not in stripped:
        return one_sound(_parse_sound(stripped))
    layers = split_layers(stripped)
    parts = [_parse_part(part) for part in stripped.split("+")]
    if len(layers) == 1 and any(is_file_name(part.sound) for part in parts):
        return one_sound(stripped)
    return _checked([BedLayer(_parse_layer_sound(part.sound), part.level_db) for part in parts])


def parse_bed_list(entries: Iterable[Any]) -> str:
    """Parse the sounds of a bed from a list, whose entries are names, audio files, or {sound: ..., level: ...}."""
    return _checked([_parse_entry(entry) for entry in entries])


def _parse_entry(entry: Any) -> BedLayer:
    if isinstance(entry, str):
        return BedLayer(_parse_layer_sound(entry.strip()))
    if (
        not isinstance(entry, Mapping)
        or not isinstance(entry.get("sound"), str)
        or not entry.keys() <= {"sound", "level"}
    ):
        raise ValueError(
            "A bed is a list of sounds. Write [rain, pads], or {sound: rain, level: -8} for a sound with its level."
        )
    level = entry.get("level", "0")
    if not isinstance(level, str):
        raise ValueError("The level of a sound is a number of decibels, such as level: -8.")
    return BedLayer(_parse_layer_sound(entry["sound"].strip()), parse_number(level, -60, 0, "a level in decibels"))


def _parse_layer_sound(name: str) -> str:
    sound = _parse_sound(name)
    if sound == NONE:
        raise ValueError('"none" cannot be mixed with other sounds. Remove it, or write bed: none.')
    if is_file_name(sound) and not _FILE_PART.fullmatch(sound):
        raise ValueError(f'"{sound[:40]}" is not the name of an audio file. Write its extension too, such as rain.mp3.')
    return sound


def _parse_sound(name: str) -> str:
    if is_file_name(name):
        return name
    return parse_choice(name, BED_NAMES, "a bed", ", or an audio file such as rain.mp3")


def _checked(layers: list[BedLayer]) -> str:
    if not layers:
        raise ValueError("This list is empty. Write at least one sound, such as [rain, pads].")
    if len(layers) > MAX_LAYERS:
        raise ValueError(f"This bed has {len(layers)} sounds. Write at most {MAX_LAYERS}.")
    for layer in layers:
        if not -60 <= layer.level_db <= 0:
            raise ValueError(f'"{layer.level_db:g}" is out of range. Write a level in decibels, from -60 to 0.')
    if len(layers) == 1 and layers[0].level_db:
        raise ValueError(
            "One sound cannot be softer than the others. Write bed: {sound: rain, level: -20} for its level."
        )
    return bed_text(layers)
