"""SubRip and WebVTT captions: each caption is spoken at the time given for it."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Reading, Remark, Speech
from voiceguide.drafting.formats.times import CLOCK, parse_clock
from voiceguide.drafting.text.sentences import count_words, has_words
from voiceguide.languages.model import NON_LATIN_FULL_STOPS

__all__ = ["SRT", "VTT"]

MAX_JOIN_GAP_S = 1.5
"""If a sentence continues in the next caption within this time, both captions are spoken together."""
MAX_ROLLING_GAP_S = 0.1
"""Rolling captions follow each other without a gap. Captions that only complete a scroll are shorter than this."""
MAX_JOINED_WORDS = 30
"""Captions from speech recognition, which have no punctuation, are joined only up to this number of words."""

_TIMING = re.compile(rf"[ \t]*(?P<start>{CLOCK})[ \t]*-->[ \t]*(?P<end>{CLOCK})(?P<settings>[ \t][^\n]*)?")
_SBV_TIMING = re.compile(r"^(\d+:\d\d:\d\d\.\d{1,3}),(\d+:\d\d:\d\d\.\d{1,3})$", re.MULTILINE)
"""The timing line in YouTube's caption files (.sbv)."""
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+(?P<name>[^<>]{1,80})>")
_TAG = re.compile(r"</?(?:[biucv]|font|ruby|rt|lang|c)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\[^{}]*\}", re.IGNORECASE)
_UNFINISHED = re.compile(rf"[^.!?…:;\")\]{NON_LATIN_FULL_STOPS}♪-]\s*$")
_SOUND = re.compile(r"[\[(][^\[\]()]*[\])]|[♪♫#].*")
_NAMED = re.compile(r"(?:>>\s*)?(?P<name>[A-Z][A-Z0-9 .'’-]{1,24}):\s+(?=\S)")
_LANGUAGE = re.compile(r"^Language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*$", re.MULTILINE)


def _is_vtt(text: str) -> bool:
    return re.match(r"WEBVTT(?:[ \t\n]|$)", text) is not None


def _is_srt(text: str) -> bool:
    head = _SBV_TIMING.sub(r"\1 --> \2", text[:20_000])
    return re.search(rf"^{_TIMING.pattern}\s*$", head, re.MULTILINE) is not None


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    entries = list(_iter_captions(text, changes))
    language = _LANGUAGE.search(text[:500]) if _is_vtt(text) else None
    return Reading(
        entries=tuple(_join_sentences(entries, changes)),
        language=language[1] if language else "",
        changes=changes,
        keeps_quiet=True,
    )


def _iter_captions(text: str, changes: Changes) -> Iterator[Entry]:
    """Yield every caption, and every other block as a remark."""
    is_vtt = _is_vtt(text)
    text = _SBV_TIMING.sub(r"\1 --> \2", text)
    shown = _Shown()
    for number, block in enumerate(re.split(r"\n\n" if is_vtt else r"\n[ \t]*\n", text.strip("\n"))):
        lines = block.strip("\n").split("\n")
        timing = next((index for index, line in enumerate(lines) if "-->" in line and _TIMING.match(line)), None)
        if timing is None:
            if has_words(remark := _describe_block(lines, is_vtt and number == 0)):
                changes["notes", "comments"] += 1
                yield Remark(remark)
            continue
        yield from _iter_identifier(lines[:timing], changes)
        while timing < len(lines):  # a file without empty lines has several captions in a block
            match = _TIMING.match(lines[timing])
            following = next((index for index in range(timing + 1, len(lines)) if _TIMING.match(lines[index])), None)
            end = len(lines) if following is None else following
            payload = lines[timing + 1 : end]
            if following is not None and payload and payload[-1].strip().isdecimal():
                payload.pop()
            if match:
                changes["positions of captions", "nothing"] += has_words(match["settings"] or "")
                start_s, end_s = parse_clock(match["start"]), parse_clock(match["end"])
                new_lines = shown.new_lines(payload, start_s, end_s, changes)
                if new_lines is None:
                    yield Speech("", start_s, end_s)
                else:
                    yield from _parse_caption(start_s, end_s, new_lines, changes)
            timing = end


class _Shown:
    """The lines of the previous caption. Rolling captions repeat the last of them above the new line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._end_s = 0.0

    def new_lines(self, lines: list[str], start_s: float, end_s: float, changes: Changes) -> list[str] | None:
        """Return the lines of a caption, without a first line that repeats the last line of the previous caption.

        Return None if the caption only repeats the previous one, or only shows its end for a moment.
        """
        kept = [line for line in lines if has_words(line)]
        shown, previous = list(map(_plain, kept)), self._lines
        follows = bool(kept) and start_s - self._end_s < MAX_ROLLING_GAP_S
        is_moment = end_s - start_s < MAX_ROLLING_GAP_S
        self._lines, self._end_s = shown or previous, end_s
        if follows and (shown == previous or (is_moment and shown == previous[-len(shown) :])):
            changes["repeated captions", "one step"] += 1
            return None
        if follows and len(kept) > 1 and shown[:1] == previous[-1:]:
            changes["repeated lines", "one step"] += 1
            return kept[1:]
        return kept


def _plain(line: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", _VOICE.sub("", line))).split())


def _describe_block(lines: list[str], is_header: bool) -> str:
    if is_header:
        return "\n".join([re.sub(r"^WEBVTT[ \t-]*", "", lines[0]), *lines[1:]]).strip()
    return "\n".join(lines).strip()


def _iter_identifier(lines: list[str], changes: Changes) -> Iterator[Entry]:
    """Yield the lines above a caption's timing line, except the caption number."""
    for line in lines:
        if has_words(line) and not line.strip().isdecimal():
            changes["caption names", "comments"] += 1
            yield Remark(line.strip())


def _parse_caption(start_s: float, end_s: float, lines: list[str], changes: Changes) -> Iterator[Entry]:
    """Yield the speech of a caption. Sounds in brackets and music become remarks."""
    changes["captions", "steps"] += 1
    speaker = ""
    spoken: list[str] = []
    for line in lines:
        if voice := _VOICE.search(line):
            speaker = " ".join(voice["name"].split())
            changes["speaker names", "voices"] += 1
        bare = html.unescape(_TAG.sub("", _VOICE.sub("", line))).strip()
        bare = re.sub(r"^[-–—]\s*(?=\S)", "", bare) if len(lines) > 1 else bare
        if named := _NAMED.match(bare):
            speaker, bare = named["name"].strip().title(), bare[named.end() :]
            changes["speaker names", "voices"] += 1
        if has_words(bare) and _SOUND.fullmatch(bare):
            changes["sounds", "comments"] += 1
            yield Remark(bare)
        elif has_words(bare):
            spoken.append(bare)
    if spoken:
        yield Speech(" ".join(spoken), start_s, end_s, speaker=speaker)
    else:
        changes["captions", "steps"] -= 1


def _join_sentences(entries: list[Entry], changes: Changes) -> Iterator[Entry]:
    """Join captions that are parts of one sentence. A caption without text extends the previous one."""
    previous: Speech | None = None
    for entry in entries:
        if not isinstance(entry, Speech):
            if previous:
                yield previous
            previous = None
            yield entry
        elif previous is None:
            previous = entry if entry.text else None
        elif not entry.text:
            previous = replace(previous, end_s=entry.end_s)
        elif _continues_sentence(previous, entry):
            changes["captions within a sentence", "joined"] += 1
            previous = replace(previous, text=f"{previous.text} {entry.text}", end_s=entry.end_s)
        else:
            yield previous
            previous = entry
    if previous:
        yield previous


def _continues_sentence(previous: Speech, entry: Speech) -> bool:
    """Return whether a caption continues the sentence of the previous caption."""
    is_open = previous.text[-1:] in ",–—-" or (_UNFINISHED.search(previous.text) and entry.text[:1].islower())
    gap_s = abs((entry.start_s or 0) - (previous.end_s or 0))
    return bool(
        is_open
        and entry.speaker == previous.speaker
        and gap_s <= MAX_JOIN_GAP_S
        and count_words(previous.text) + count_words(entry.text) <= MAX_JOINED_WORDS
    )


SRT = Format("srt", "SubRip captions", _is_srt, _read)
VTT = Format("vtt", "WebVTT captions", _is_vtt, _read)
