"""Make the kit of a routine: its tables, loops and pieces. docs/phone-format.md describes the JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.mixer.session_mix import CuePlacer
from voiceguide.builtin_names import BREATH_SOUNDS, NONE
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.span_encoder import SpanEncoder
from voiceguide.export.exporter import session_tags
from voiceguide.metadata.tags import clip_tag_text, iso_639_2_code
from voiceguide.phone.bed_loops import Loop, LoopSource, join_dip, join_features
from voiceguide.phone.independence import is_independent, steps_in_long_silences
from voiceguide.phone.length_tables import StepKey
from voiceguide.phone.pieces import Piece, PieceMixer, position_piece
from voiceguide.phone.rescheduling import Evaluator
from voiceguide.phone.row_labels import row_label
from voiceguide.phone.settings_from_overrides import as_written, overrides_as_variant, variant_lengths, variant_settings
from voiceguide.phone.skips import Skips, find_skips
from voiceguide.phone.step_rows import StepRow, TableSet, step_rows
from voiceguide.phone.verification_records import RECORD_REVISION, loop_record, piece_record
from voiceguide.pipeline.session_builder import SessionBuilder
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.arrangement.model import ArrangedStage, Arrangement
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.model import BedSettings, ChimeSettings, Cue, Line, Timeline
from voiceguide.timeline.scheduling.chime_placement import ENDING_BELL_SAMPLES
from voiceguide.timeline.scheduling.cue_builder import CHIME_SAMPLES
from voiceguide.timeline.scheduling.step_lengths import LEAD_IN_SAMPLES
from voiceguide.units import SAMPLE_RATE

__all__ = ["FORMAT", "Kit", "make_draft_kit", "make_kit", "make_opening_kit", "opening_stage_counts"]

FORMAT = 1
"""The version of the format. Increment it if a page written for the previous version could not read the new one."""
ID_CHARS = 32
MAX_PASSES = 6
OPENING_SAMPLES = (40 * SAMPLE_RATE, 240 * SAMPLE_RATE)
"""The minimum lengths of the openings. The first opening is ready soon. The second plays until the rest is ready, even
on a slow computer."""


@dataclass(frozen=True)
class Kit:
    """A kit, and the sources of its pieces and loops."""

    data: dict[str, Any]
    """The JSON document."""
    loops: Sequence[Loop]
    pieces: Sequence[Piece]
    loop_source: LoopSource
    mixer: PieceMixer
    builder: SessionBuilder

    def encode(self) -> Iterator[tuple[str, bytes]]:
        """Yield the ID and the bytes of each loop and piece, in the order in which the session needs them.

        The bytes are the frames, followed by the record that a saved session needs for its plan.
        """
        cache, rate = self.builder.cache, self.data["bit_rate"]
        with SpanEncoder(self.loop_source, rate, cache) as encoder:
            for loop, facts in zip(self.loops, self.data["loops"], strict=True):
                yield facts["id"], b"".join(encoder.encode(loop.spans())) + loop_record(self.loop_source, loop)
        with SpanEncoder(self.mixer, rate, cache) as encoder:
            spans = [self.mixer.span(index) for index in range(len(self.pieces))]
            for index, frames in enumerate(encoder.encode(spans)):
                yield self.data["pieces"][index]["id"], frames + piece_record(self.mixer, index)


def make_kit(builder: SessionBuilder) -> Kit:
    """Synthesize the speech needed for every length of every step, and return the kit.

    Lengths and a total given to the builder are ignored, because the page sets them.
    """
    written = as_written(builder)
    timeline, arrangement = written.exact_timeline(), written.arrangement
    skips = find_skips(arrangement.stages, lambda titles: _stages_without(written, titles))
    in_variants = variant_lengths(variant_settings(written))
    for _ in range(MAX_PASSES):
        evaluator = Evaluator(written.narrator.measure, written.phrases)
        found = _independent_rows(arrangement, evaluator, skips, in_variants)
        if not evaluator.missing:
            break
        written.narrator.synthesize_missing(evaluator.missing)
    if found is None:
        return _fixed_kit(builder, depends=True)
    return _KitMaker(written, timeline, *found).kit()


def make_draft_kit(builder: SessionBuilder) -> Kit:
    """Return a kit in which nothing can be changed. It has the same pieces as the full kit and is ready much sooner."""
    return _fixed_kit(as_written(builder), draft=True)


def make_opening_kit(builder: SessionBuilder, stage_count: int) -> Kit:
    """Return a kit of the first stages only, which needs little speech.

    Everything is at the same position as in the whole session, except near the end.
    """
    written = as_written(builder)
    opening = replace(written.arrangement, stages=written.arrangement.stages[:stage_count])
    return _fixed_kit(replace(written, arrangement=opening), draft=True, opening=True)


def opening_stage_counts(builder: SessionBuilder) -> list[int]:
    """Return the number of stages in each opening, in increasing order.

    An opening lasts at most half of the session. Steps that must have the same length are never divided between an
    opening and the rest. The list is empty if an opening would save little time.
    """
    written = as_written(builder)
    stages, timed = written.arrangement.stages, written.estimated_timeline().stages
    keys = [{step.equal_length_key for step in stage.steps} for stage in stages]
    ends = {
        count: timed[count - 1].end
        for count in range(1, len(stages))
        if 2 * timed[count - 1].end <= timed[-1].end and not set().union(*keys[:count]) & set().union(*keys[count:])
    }
    firsts = (next((count for count, end in ends.items() if end >= least), None) for least in OPENING_SAMPLES)
    return sorted({count for count in firsts if count is not None})


def _fixed_kit(builder: SessionBuilder, depends: bool = False, draft: bool = False, opening: bool = False) -> Kit:
    """Return a kit in which every step keeps its current length."""
    timeline, stages = builder.exact_timeline(), builder.arrangement.stages
    skips = Skips((False,) * len(stages), ())
    rows = step_rows(builder.arrangement, Evaluator(builder.narrator.measure, builder.phrases), skips, _keys(stages))
    return _KitMaker(builder, timeline, skips, rows, depends, draft, opening).kit()


def _keys(stages: Sequence[ArrangedStage]) -> set[StepKey]:
    return {(number, step) for number, stage in enumerate(stages) for step in range(len(stage.steps))}


def _independent_rows(
    arrangement: Arrangement, evaluator: Evaluator, skips: Skips, in_variants: Mapping[str, Collection[float]]
) -> tuple[Skips, dict[StepKey, StepRow]] | None:
    """Return the skips to offer and the rows of the steps, or None if any change requires a new plan.

    If a silence continues into the next step, only the steps around this silence have fixed lengths. Text that states
    the length of the session depends on every step.
    """
    silent = steps_in_long_silences(arrangement)
    beside = {number for number, step in silent if step in (0, len(arrangement.stages[number].steps) - 1)}
    fewer = replace(skips, offered=tuple(each and n not in beside for n, each in enumerate(skips.offered)))
    nothing: set[StepKey] = set()
    for fixed, offered in ((nothing, skips), (silent, fewer)):
        rows = step_rows(arrangement, evaluator, offered, fixed, in_variants)
        if is_independent(arrangement, evaluator, rows, offered):
            return offered, rows
    return None


def _stages_without(builder: SessionBuilder, titles: Sequence[str]) -> Sequence[Any]:
    skipping = replace(builder.overrides, skip=(*builder.overrides.skip, *titles))
    return unroll_routine(builder.script.routine, skipping, builder.phrases).stages


class _KitMaker:
    """Collects the loops and pieces while it writes the tables."""

    def __init__(
        self,
        builder: SessionBuilder,
        timeline: Timeline,
        skips: Skips,
        rows: dict[StepKey, StepRow],
        depends: bool = False,
        draft: bool = False,
        opening: bool = False,
    ) -> None:
        self._depends, self._draft, self._opening = depends, draft, opening
        self._builder, self._timeline, self._skips, self._rows = builder, timeline, skips, rows
        beds = {stage.bed.sound for stage in timeline.stages} - {NONE}
        self._beds: dict[str, BedLoop] = {sound: builder.load_bed(sound) for sound in sorted(beds)}
        loops = {bed.content_key: bed.loop for bed in self._beds.values()}
        self._placer = CuePlacer(timeline, builder.narrator, loops, cache=builder.cache)
        self._loop_source = LoopSource(self._placer.channels, self._beds)
        self._loops: dict[BedSettings, tuple[int, Loop]] = {}
        self._pieces: dict[tuple[object, int, int], tuple[int, Piece]] = {}

    def kit(self) -> Kit:
        """Return the kit."""
        channels, arrangement = self._placer.channels, self._builder.arrangement
        rate = FORMATS["mp3"].bit_rate_for(channels, None)
        self._position_as_written()
        stages = [self._stage(number) for number in range(len(arrangement.stages))]
        pieces = [piece for _, piece in self._pieces.values()]
        loops = [loop for _, loop in self._loops.values()]
        mixer = PieceMixer(pieces, self._placer, self._beds)
        data: dict[str, Any] = {
            "format": FORMAT,
            "id": "",
            "draft": self._draft,
            "opening": self._opening,
            "routine": Path(self._builder.script.file).stem,
            "title": arrangement.title,
            "language": arrangement.language,
            "description": arrangement.description,
            "tags": _tag_texts(self._timeline),
            "sample_rate": SAMPLE_RATE,
            "bit_rate": rate,
            "channels": channels,
            "lead_in": LEAD_IN_SAMPLES,
            "loops": [self._loop_facts(loop, rate) for loop in loops],
            "pieces": [self._piece_facts(index, piece, mixer, rate) for index, piece in enumerate(pieces)],
            "depends": self._depends,
            "stages": stages,
            "conflicts": [{"stages": list(numbers), "reason": reason} for numbers, reason in self._skips.conflicts],
            "overrides": overrides_as_variant(self._builder.overrides),
            "variants": [] if self._draft else variant_settings(self._builder),
        }
        data["id"] = digest(json.dumps(data, sort_keys=True))[:ID_CHARS]
        return Kit(data, loops, pieces, self._loop_source, mixer, self._builder)

    def _position_as_written(self) -> None:
        """Make the pieces of the unmodified routine first.

        In that routine, the bed under each piece continues its loop without a jump.
        """
        for stage in self._timeline.stages:
            loop = self._loop_index(stage.bed)
            for cue in sorted((cue for step in stage.steps for cue in step.cues), key=lambda cue: cue.start):
                full = _full_chime(cue.chime, cue.length, 0.0) if cue.chime else cue.length
                self._piece_index(cue.line or cue.chime, full, loop, cue.start)

    def _stage(self, number: int) -> dict[str, Any]:
        arranged, timed = self._builder.arrangement.stages[number], self._timeline.stages[number]
        loop = self._loop_index(timed.bed)
        steps = [self._step(number, position, loop) for position in range(len(arranged.steps))]
        offered = self._skips.offered[number]
        return {
            "title": arranged.title,
            "skip": arranged.title if offered else None,
            "skip_reason": None if offered else "changes-words",
            "loop": loop,
            "steps": steps,
        }

    def _step(self, stage: int, position: int, loop: int) -> dict[str, Any]:
        step, row = self._builder.arrangement.stages[stage].steps[position], self._rows[stage, position]
        start = self._timeline.stages[stage].steps[position].start
        title = self._builder.arrangement.stages[stage].title
        contexts = {name: self._table_set(tables, loop, start) for name, tables in row.tables.items()}
        return {
            "name": step.name,
            "label": row_label(step),
            "target": f"{title}/{step.name}",
            "both": self._shared_key(stage, position),
            "speaks": row.speaks,
            **contexts.pop(""),
            "contexts": contexts,
        }

    def _shared_key(self, stage: int, position: int) -> int:
        """Return a number shared by all steps that must have the same length as the step at `position` in a stage."""
        keys = [step.equal_length_key for each in self._builder.arrangement.stages for step in each.steps]
        return keys.index(self._builder.arrangement.stages[stage].steps[position].equal_length_key)

    def _table_set(self, tables: TableSet, loop: int, start: int) -> dict[str, Any]:
        return {
            "length": tables.length,
            "min": tables.shortest,
            "max": tables.longest,
            "min_reason": tables.limits[0],
            "max_reason": tables.limits[1],
            "stretch": [list(point) for point in tables.points],
            "tables": [
                {
                    "from": stretch.start,
                    "to": stretch.stop,
                    "speech": stretch.speech,
                    "cues": [self._cue(cue, loop, start) for cue in stretch.cues],
                }
                for stretch in tables.table
            ],
        }

    def _cue(self, cue: Any, loop: int, start: int) -> list[Any]:
        full = cue.length
        if isinstance(cue.sound, ChimeSettings):
            full = _full_chime(cue.sound, cue.length, cue.length_slope)
        index = self._piece_index(cue.sound, full, loop, start + cue.offset)
        entry = [index, cue.offset, round(cue.slope, 9)]
        return (
            entry if cue.length == full and not cue.length_slope else [*entry, cue.length, round(cue.length_slope, 9)]
        )

    def _piece_index(self, sound: Line | ChimeSettings | None, length: int, loop: int, at: int) -> int:
        key = (sound, length, loop)
        if key not in self._pieces:
            if isinstance(sound, ChimeSettings):
                cue = Cue(at, "chime", length, chime=sound)
            else:
                cue = Cue(at, "say", length, sound)
            bed, found = next((bed, each) for bed, (index, each) in self._loops.items() if index == loop)
            self._pieces[key] = (len(self._pieces), position_piece(cue, bed, found.positions))
        return self._pieces[key][0]

    def _loop_index(self, bed: BedSettings) -> int:
        if bed not in self._loops:
            self._loops[bed] = (len(self._loops), self._loop_source.loop(bed))
        return self._loops[bed][0]

    def _loop_facts(self, loop: Loop, rate: int) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "id": self._id("loop", loop.key, f"{rate} {self._placer.channels}"),
            "count": loop.frames,
            "sound": loop.bed.sound,
            "level_db": loop.bed.level_db,
            "duck_db": loop.bed.duck_db,
            "order": list(loop.order) or None,
            "join": None,
            "features": None,
        }
        if loop.bed.sound != NONE:
            bed = self._beds[loop.bed.sound]
            facts["join"] = join_dip(bed.joins)
            facts["features"] = base64.b64encode(join_features(bed.loop).tobytes()).decode()
        return facts

    def _piece_facts(self, index: int, piece: Piece, mixer: PieceMixer, rate: int) -> dict[str, Any]:
        span = mixer.span(index)
        frames = f"{span.run_in_frames} {span.frame_count} {rate}"
        loop = next(number for bed, (number, _) in self._loops.items() if bed == piece.bed)
        return {
            "id": self._id("piece", mixer.range_key(*span.sample_range), frames),
            "count": piece.frames,
            "start": piece.cue.start,
            "length": piece.cue.length,
            "loop": loop,
            "phase": piece.phase,
            "kind": piece.cue.kind,
            "text": piece.cue.text,
        }

    def _id(self, *contents: str) -> str:
        """Return an ID that changes if the bytes of a loop or piece change."""
        return digest(RECORD_REVISION, self._encoder, *contents)[:ID_CHARS]

    @cached_property
    def _encoder(self) -> str:
        from voiceguide.system.ffmpeg import ffmpeg_version

        return ffmpeg_version()


def _tag_texts(timeline: Timeline) -> dict[str, str]:
    """Return the tags for a saved session, as `build` writes them."""
    tags = session_tags(timeline)
    texts = {name: clip_tag_text(getattr(tags, name)) for name in ("title", "artist", "album", "genre", "comment")}
    return {**texts, "language": iso_639_2_code(tags.language) if tags.language else ""}


def _full_chime(chime: ChimeSettings, length: int, slope: float) -> int:
    """Return the length of the piece for a chime. The page cuts the piece short if there is not enough time for it.

    The tones and sounds of a breath always fit.
    """
    if chime.sound in BREATH_SOUNDS:
        return length
    return CHIME_SAMPLES if length <= CHIME_SAMPLES and not slope else ENDING_BELL_SAMPLES
