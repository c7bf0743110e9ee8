"""Put faults into finished sessions and count how many `verify` finds without the help of the checksum.

The faults are put into the decoded audio, and the checksum is taken to be right, as if it had been made afterwards.
Prints the table of docs/reliability.md, and exits with status 1 if a fault is found more rarely than `MIN_FOUND` says.
Run it with `make soak`, or with `python -m tests.reliability.faults 5`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

import voiceguide
from voiceguide.encode.formats import FORMATS
from voiceguide.timeline.model import Cue, Timeline
from voiceguide.units import SAMPLE_RATE
from voiceguide.verification import decoding
from voiceguide.verification.chapter_reader import FileTags, read_file_tags
from voiceguide.verification.verifier import verify_file

Samples = npt.NDArray[np.float32]
Fault = Callable[["Session", Samples, np.random.Generator], None]
SCRIPT = """\
voiceguide: 1
title: Faults
bed: rain
stages:
  - stage: Soak
    steps:
      - {say: Place both feet in the warm water and let your shoulders drop., for: 14s}
      - {say: Breathe out slowly. Let the water carry the weight of your legs., for: 14s}
  - stage: Stroke
    steps:
      - {say: Long strokes from the toes to the ankle., for: 12s}
      - {say: Now rest your hands on the instep., for: 14s}
"""


class Session:
    """A session with its timeline and the speech without the bed."""

    def __init__(self, path: Path, timeline: Timeline, speech: dict[int, Samples]) -> None:
        self.path, self.timeline, self.speech = path, timeline, speech

    def line(self, rng: np.random.Generator) -> Cue:
        return self._any([cue for cue in self.timeline.cues if cue.is_speech], rng)

    def chime(self, rng: np.random.Generator) -> Cue:
        return self._any([cue for cue in self.timeline.cues if not cue.is_speech], rng)

    def _any(self, cues: list[Cue], rng: np.random.Generator) -> Cue:
        return cues[int(rng.integers(len(cues)))]

    def loud_place(self, rng: np.random.Generator, length: int) -> int:
        """Return a place within a word: 150 ms around it are at most 10 dB below the loudest ones of the line."""
        cue = self.line(rng)
        power = np.convolve(self.speech[cue.start] ** 2, np.ones(7200) / 7200, "same")
        places = np.flatnonzero(power > power.max() / 10)
        places = places[places + length < cue.length]
        return cue.start + int(places[rng.integers(places.size)])

    def pause(self, rng: np.random.Generator, length: int) -> int:
        """Return the start of a stretch in which only the bed is heard."""
        ends = sorted((cue.start, cue.end) for cue in self.timeline.cues)
        gaps = [(stop + SAMPLE_RATE * 2, start - SAMPLE_RATE * 3 // 2) for (_, stop), (start, _) in pairwise(ends)]
        gaps = [(first, last) for first, last in gaps if last - first > length]
        first, last = gaps[int(rng.integers(len(gaps)))]
        return int(rng.integers(first, last - length))


def ms(milliseconds: float) -> int:
    return round(milliseconds * SAMPLE_RATE / 1000)


def hole(length_ms: int) -> Fault:
    def fault(session: Session, audio: Samples, rng: np.random.Generator) -> None:
        at = session.loud_place(rng, ms(length_ms))
        audio[at : at + ms(length_ms)] = 0

    return fault


def end_missing(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    cue = session.line(rng)
    audio[cue.end - ms(250) : cue.end - ms(50)] -= session.speech[cue.start][-ms(250) : -ms(50), np.newaxis]


def line_missing(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    cue = session.line(rng)
    audio[cue.start : cue.end] -= session.speech[cue.start][:, np.newaxis]


def line_late(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    cue = session.line(rng)
    line_at = cue.start + ms(30)
    audio[cue.start : cue.end] -= session.speech[cue.start][:, np.newaxis]
    audio[line_at : line_at + cue.length] += session.speech[cue.start][:, np.newaxis]


def chime_late(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    cue = session.chime(rng)
    at, stop, bed = cue.start, min(cue.end, len(audio) - ms(50)), session.pause(rng, ms(50))
    audio[at + ms(50) : stop + ms(50)] = audio[at:stop].copy()
    audio[at : at + ms(50)] = audio[bed : bed + ms(50)]


def chime_missing(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    cue = session.chime(rng)
    at = session.pause(rng, cue.length)
    audio[cue.start : cue.end] = audio[at : at + cue.length][: len(audio) - cue.start].copy()


def swapped(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    audio[:] = audio[:, ::-1].copy()


def one_side_quieter(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    audio[:, rng.integers(2)] *= 0.5


def one_side_inverted(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    audio[:, rng.integers(2)] *= -1


def mono(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    audio[:] = audio.mean(axis=1, keepdims=True)


def louder(gain_db: float) -> Fault:
    def fault(session: Session, audio: Samples, rng: np.random.Generator) -> None:
        audio *= np.float32(10 ** (gain_db / 20))

    return fault


def bed_quieter(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    gain = np.full(len(audio), 10 ** (-3 / 20), np.float32)
    for cue in session.timeline.cues:
        gain[cue.start : cue.end] = 1
    audio *= gain[:, np.newaxis]


def bed_repeated(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    at = session.pause(rng, ms(200))
    audio[at + ms(100) : at + ms(200)] = audio[at : at + ms(100)].copy()


def bed_missing(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    at = session.pause(rng, ms(300))
    audio[at : at + ms(300)] = 0


def ghost(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    line = session.speech[session.line(rng).start][: ms(1000)]
    at = session.pause(rng, line.size)
    audio[at : at + line.size] += line[:, np.newaxis] * np.float32(10 ** (-30 / 20))


def word_in_pause(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    line = session.speech[session.line(rng).start][: ms(500)]
    at = session.pause(rng, line.size)
    audio[at : at + line.size] += line[:, np.newaxis] * np.float32(10 ** (-10 / 20))


def click(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    audio[session.pause(rng, 10)] += 0.25


def burst(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    at = session.pause(rng, ms(50))
    audio[at : at + ms(50)] += rng.standard_normal((ms(50), 1)).astype(np.float32) * np.float32(10 ** (-24 / 20))


def cut_out(session: Session, audio: Samples, rng: np.random.Generator) -> None:
    at = session.pause(rng, ms(20))
    audio[at : len(audio) - ms(15)] = audio[at + ms(15) :].copy()


FAULTS: dict[str, Fault] = {
    "60 ms of a word silent": hole(60),
    "120 ms of a word silent": hole(120),
    "24 ms of a word silent": hole(24),
    "the last 200 ms of a line missing": end_missing,
    "a line missing": line_missing,
    "a line 30 ms late": line_late,
    "a chime 50 ms late": chime_late,
    "a chime missing": chime_missing,
    "left and right swapped": swapped,
    "one side 6 dB quieter": one_side_quieter,
    "one side inverted": one_side_inverted,
    "folded to mono": mono,
    "2 dB louder": louder(2),
    "2 dB quieter": louder(-2),
    "the bed 3 dB quieter": bed_quieter,
    "100 ms of the bed repeated": bed_repeated,
    "300 ms of the bed silent": bed_missing,
    "half a second of a line repeated in a pause, 10 dB quieter": word_in_pause,
    "a line repeated in a pause, 30 dB quieter": ghost,
    "a click in a pause": click,
    "50 ms of noise in a pause": burst,
    "15 ms cut out": cut_out,
}


MIN_FOUND: dict[str, float] = dict.fromkeys(FAULTS, 0.99) | {
    "24 ms of a word silent": 0.8,
    "100 ms of the bed repeated": 0.0,
    "a line repeated in a pause, 30 dB quieter": 0.0,
}
"""The share of the places at which each fault must be found, in every format."""


def build_sessions(folder: Path) -> list[Session]:
    """Build a session in every format."""
    (folder / "s.yaml").write_text(SCRIPT, "utf-8")
    routine = voiceguide.load(folder / "s.yaml")
    sessions = []
    for name in FORMATS:
        path = folder / f"s.{name}"
        timeline = routine.build(path).timeline
        with routine.render() as rendering:
            mix = rendering._source
            speech = {cue.start: mix.cue_samples(cue.start) for cue in timeline.cues if cue.is_speech}  # type: ignore[attr-defined]
        sessions.append(Session(path, timeline, speech))
    return sessions


def is_found(session: Session, audio: Samples) -> bool:
    """Return whether `verify` finds anything wrong in this audio, besides the checksum."""

    def blocks(path: Path, channels: int) -> Iterator[Samples]:
        for start in range(0, len(audio), decoding.BLOCK_SAMPLES):
            yield audio[start : start + decoding.BLOCK_SAMPLES]

    checks = "voiceguide.verification.verifier"
    with (
        patch("voiceguide.verification.decoding._decode_blocks", blocks),
        patch(f"{checks}.check_checksum", lambda *_: []),
        patch(f"{checks}.find_mp3_layout", lambda *_: None),
        patch(f"{checks}.read_file_tags", _read_tags),
    ):
        return bool(verify_file(session.path).failures)


@cache
def _read_tags(path: Path, *, ogg: bool) -> FileTags:
    return read_file_tags(path, ogg=ogg)


def too_rarely_found(name: str, found: list[int], places: int) -> bool:
    """Return whether a fault was found at too few places in any format."""
    return min(found) < MIN_FOUND[name] * places


def main() -> None:
    """Print the table. Exit with status 1 if a fault is found too rarely."""
    places, missed = int(sys.argv[1]), []
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VOICEGUIDE_CACHE", f"{folder}/cache")
        sessions = build_sessions(Path(folder))
        decoded = [np.concatenate(list(decoding._decode_blocks(session.path, 2))) for session in sessions]
        assert not any(is_found(session, audio) for session, audio in zip(sessions, decoded, strict=True))
        print("| fault | " + " | ".join(session.path.suffix[1:] for session in sessions) + " |")
        print("|---|" + "---|" * len(sessions))
        for name, fault in FAULTS.items():
            found = []
            for session, audio in zip(sessions, decoded, strict=True):
                count = 0
                for place in range(places):
                    damaged = audio.copy()
                    fault(session, damaged, np.random.default_rng(place))
                    count += is_found(session, damaged)
                found.append(count)
            print(f"| {name} | " + " | ".join(str(count) for count in found) + " |", flush=True)
            missed += [name] if too_rarely_found(name, found, places) else []
    if missed:
        sys.exit(f"found too rarely: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
