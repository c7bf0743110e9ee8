"""Inline markup in script text (`[2s]` pauses and `{name}` placeholders) and names derived from text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from voiceguide.script.model.value_parsers import cached_parse_duration
from voiceguide.units import DurationError, shorten

__all__ = [
    "OPENING_STAGE_TITLE",
    "Pause",
    "convert_foreign_pauses",
    "derive_step_name",
    "fill_placeholders",
    "find_pause_errors",
    "find_placeholders",
    "has_unmatched_brace",
    "normalize_name",
    "split_at_pauses",
    "strip_counters",
]

OPENING_STAGE_TITLE = "Before you begin"
"""The name of the opening stage in overrides, regardless of language. The stage is built from `safety` and `needs`."""


@dataclass(frozen=True)
class Pause:
    """A silence of an exact length within spoken text, written `[2s]`."""

    samples: int


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PAUSE = re.compile(r"\[(\s*[-.]?\s*\d[^\[\]]*)\]", re.ASCII)
"""Bracketed text that starts with a digit is assumed to be a pause. Any other bracketed text is ordinary text."""
_NUMBER, _UNIT = (
    r"(\d+(?:[.,]\d+)?)",
    r"(ms|msec|milliseconds?|s|secs?|seconds?|sek(?:unden)?|seg(?:undos)?|m|mins?|minutes?)",
)
_MAX_CONVERTED_S = 3600
_FOREIGN_PAUSE = re.compile(
    rf"\{{\{{\s*pause\s*(?:[=:]\s*{_NUMBER}\s*{_UNIT}?)?\s*\}}\}}"
    rf"|[\[(*]{{1,2}}\s*(?:pause|pausa|break|silence)(?:\s*[:=]?\s*(?:of |for )?{_NUMBER}\s*{_UNIT}?)\s*[\])*]{{1,2}}"
    rf"|\[\s*(?:pause|pausa|break|silence)\s*\]"
    rf"|\[\s*{_NUMBER}\s*(ms|msec|milliseconds?)\s*\]"
    rf"|<\s*(?:break|silence|pause)\b[^<>\d]*(?:{_NUMBER}\s*{_UNIT}?)?[^<>]*>"
    rf"|<\s*{_NUMBER}\s*{_UNIT}\s*>",
    re.IGNORECASE | re.ASCII,
)
"""Pause marks from SSML, teleprompters, recorders and transcripts. Marks that are not converted would be spoken or
lost."""


_COUNTER = re.compile(r"\{\s*count\s*\}(?:\s+[^\W\d]+\s+\{\s*of\s*\})?|\{\s*of\s*\}")


@lru_cache(maxsize=4096)
def split_at_pauses(text: str) -> tuple[str | Pause, ...]:
    """Split text into its spoken parts and its pauses, in order. Empty parts are omitted.

    Raises:
        ValueError: Bracketed text starts with a digit but is not a duration, or the text has a pause mark from
            another program. The message says what to write instead.
    """
    return tuple(_iter_texts_and_pauses(text))


def _iter_texts_and_pauses(text: str) -> Iterator[str | Pause]:
    if foreign := _FOREIGN_PAUSE.search(text):
        raise ValueError(_describe_foreign_pause(foreign))
    position = 0
    for match in _PAUSE.finditer(text):
        if part := text[position : match.start()].strip():
            yield part
        yield _parse_pause(match.group(1).strip())
        position = match.end()
    if part := text[position:].strip():
        yield part


def find_pause_errors(text: str) -> list[str]:
    """Return a message for each mark that looks like a pause but is not valid."""
    messages = [_describe_foreign_pause(found) for found in _FOREIGN_PAUSE.finditer(text)]
    for inner in dict.fromkeys(_PAUSE.findall(_FOREIGN_PAUSE.sub(" ", text))):
        try:
            _parse_pause(inner.strip())
        except ValueError as error:
            messages.append(str(error))
    return messages


def convert_foreign_pauses(text: str) -> str:
    """Replace pause marks from other programs with marks such as `[3s]`. This function is used when drafting scripts.

    A mark without a usable length loses its brackets and is spoken, so that no word is lost.
    """
    return _FOREIGN_PAUSE.sub(_convert_foreign_pause, text)


def _convert_foreign_pause(found: re.Match[str]) -> str:
    seconds = _foreign_pause_s(found)
    if seconds is None or not 0.001 <= seconds <= _MAX_CONVERTED_S:
        return re.sub(r"[\[\](){}<>*/]", " ", found.group())
    return f"[{_format_seconds(seconds)}]"


def _describe_foreign_pause(found: re.Match[str]) -> str:
    """Return what to write instead of a pause mark from another program."""
    seconds = _foreign_pause_s(found)
    if not seconds:
        return f"{shorten(found.group())} is not a pause mark. Write the length of the pause: [3s]."
    return f"{shorten(found.group())} is not a pause mark. Write [{_format_seconds(seconds)}]."


def _foreign_pause_s(found: re.Match[str]) -> float | None:
    number, unit = [*filter(None, found.groups()), "", ""][:2]
    if not number:
        return None
    value = float(number.replace(",", "."))
    unit = unit.lower() or ("ms" if found.group()[0] in "{<" or value >= 100 else "s")
    return value * (0.001 if unit.startswith(("ms", "mil")) else 60 if unit.startswith("m") else 1)


def _format_seconds(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _parse_pause(inner: str) -> Pause:
    shown = shorten(inner)
    try:
        samples = cached_parse_duration(inner)
    except DurationError as error:
        raise ValueError(f"[{shown}] is not a pause: {error}") from error
    if samples == 0:
        raise ValueError(f"[{shown}] is a pause of zero length. Write a longer pause, or remove it.")
    return Pause(samples)


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Replace each `{name}` that has a value, in a single pass. Other placeholders are left unchanged."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1).strip(), match.group()), text)


def find_placeholders(text: str) -> set[str]:
    """Return the names of the placeholders in the text, without surrounding spaces."""
    return {name.strip() for name in _PLACEHOLDER.findall(text)}


def has_unmatched_brace(text: str) -> bool:
    """Return whether the text contains a brace that is not part of a placeholder."""
    return re.search(r"[{}]", _PLACEHOLDER.sub("", text)) is not None


def derive_step_name(text: str) -> str:
    """Return the first four words of the text, such as `lift your feet out`, or an empty string if it has no words."""
    words = re.findall(r"\w+(?:[-'’]\w+)*", _PAUSE.sub(" ", _PLACEHOLDER.sub(" ", text)))
    return " ".join(words[:4]).lower()[:60].strip()


def strip_counters(text: str) -> str:
    """Remove `{count} of {of}` from the text so that all repetitions of a step get the same name.

    If the text has no other words, it is returned unchanged.
    """
    rest = _COUNTER.sub(" ", text)
    return rest if derive_step_name(rest) else text


def normalize_name(name: str) -> str:
    """Return a name in the form used for comparisons, which ignore case, punctuation and repeated spaces."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
