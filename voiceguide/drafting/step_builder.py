"""Turn an instruction into steps with durations. Each step is short enough to follow by ear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from voiceguide.drafting.outline import DraftStep
from voiceguide.drafting.text.durations import (
    DurationPhrase,
    find_durations,
    parse_pause_sentence,
    strip_bare_durations,
)
from voiceguide.drafting.text.repetitions import (
    DraftEach,
    RepeatPhrase,
    add_each_side,
    find_both_sides,
    find_movement_count,
    find_repeat,
    find_rounds,
    find_trailing_repeat,
    names_other_side,
    strip_other_side_ending,
    substitute_each_side,
    substitute_named_side,
)
from voiceguide.drafting.text.sentences import (
    count_words,
    has_words,
    is_side_remark,
    split_into_lines,
    split_into_sentences,
)
from voiceguide.script.rules.listening_advice import MAX_SENTENCE_WORDS

__all__ = ["build_steps"]

DEFAULT_STEP_S = 60
"""Default length, in seconds, of an instruction without a duration."""
DEFAULT_FOLLOW_UP_S = 10
"""Default length, in seconds, of a sentence that has no duration and follows a sentence that has one.

In "Hold for 10 seconds. Lower it slowly.", this is the length of the second sentence.
"""
MIN_FOR_KEY_S = 20
"""A shorter duration becomes the silence after the speech, because speech would fill most of such a short step."""
MOVEMENT_DURATION_S = 3
"""The length of one movement, in seconds, if the text gives a count such as "10 times"."""
MAX_COUNTED_S = 300
EACH_SIDE_DOUBT = "this duration is for each side"
_SLASH_SIDE = re.compile(r"\s*/\s*(side|leg|arm|foot|hand|knee|hip)\b", re.IGNORECASE)
"""The side after a slash, as in "2 min / side"."""


@dataclass
class _SentenceGroup:
    """Sentences that share one duration."""

    sentences: list[str]
    duration: DurationPhrase | None = None
    """None if the sentences do not specify a duration."""


@dataclass(frozen=True)
class _Instruction:
    """The parts of an instruction."""

    groups: list[_SentenceGroup]
    repeat: RepeatPhrase | None
    each: DraftEach | None
    other_side_sentence: str
    """The sentence that says to repeat the instruction on the other side, or ""."""
    movement_count: int | None
    doubt: str = ""


def build_steps(text: str, is_narration: bool = False) -> list[DraftStep]:
    """Return the steps of an instruction, in order.

    A step without speech is a pause that belongs to the step before it. If `is_narration` is true, no durations
    are guessed, because the text already specifies its pauses.
    """
    text = _SLASH_SIDE.sub(r" each \1", text)
    instruction = _parse_instruction(text, fill_sides=True)
    speech = _merge_into_one_line(instruction)
    if speech is not None:
        steps = [_build_merged_step(instruction, speech)]
    else:
        instruction = _parse_instruction(text, fill_sides=False)
        steps = [step for group in instruction.groups for step in _build_group_steps(group)]
        steps += _build_repeat_steps(instruction, steps)
    if not steps or is_narration or steps[-1].duration_key:
        return steps
    has_duration = any(group.duration for group in instruction.groups)
    return [*steps[:-1], _with_default_duration(steps[-1], has_duration, instruction.movement_count)]


def _parse_instruction(text: str, fill_sides: bool) -> _Instruction:
    """Split an instruction into its parts. If `fill_sides` is true, insert placeholders for the sides."""
    sentences: list[str] = []
    repeat: RepeatPhrase | None = None
    each: DraftEach | None = None
    other_side = doubt = ""
    for sentence in split_into_sentences(text):
        if first_side := strip_other_side_ending(sentence):
            sentence, other_side = first_side, "Now the same on the other side."
        found = find_repeat(sentence)
        if each is None and (both := find_both_sides(sentence, sentences[-1] if sentences else "")):
            sentence, each, doubt = (
                both.with_placeholder if fill_sides else both.without_side,
                both.each,
                EACH_SIDE_DOUBT,
            )
            if both.is_separate_sentence:
                sentences.pop()
        if names_other_side(sentence) and count_words(sentence) <= 12 and sentences:
            other_side, repeat = sentence, repeat or found
            continue
        if found is None and find_durations(sentence):
            found = find_trailing_repeat(sentence)
        if found and repeat is None:
            words = found.detail or sentence[found.end :]
            if each is None and (sided := add_each_side(words, sentences)):
                sentences, each, doubt = sided[0] if fill_sides else sentences, sided[1], EACH_SIDE_DOUBT
            repeat, sentence = found, _remove_repeat(sentence, found)
        elif repeat is None and (find_durations(sentence) or find_movement_count(sentence)):
            repeat = find_rounds(sentence)
        if each is None and (sides := substitute_each_side(sentence)):
            sentence, each = sides if fill_sides else (sentence, sides[1])
        if has_words(sentence):
            sentences.append(sentence)
    if other_side and each is None and fill_sides and (named := substitute_named_side("\n".join(sentences))):
        sentences, each, other_side = named[0].split("\n"), named[1], ""
    count = next((count for sentence in sentences if (count := find_movement_count(sentence))), None)
    return _Instruction(list(_group_sentences(sentences)), repeat, each, other_side, count, doubt)


def _remove_repeat(sentence: str, repeat: RepeatPhrase) -> str:
    """Return the sentence without a phrase such as "repeat 3 times", or "" if nothing else remains."""
    before = sentence[: repeat.start].rstrip(" ,;(") if repeat.start else ""
    before = before.removesuffix(" and").removesuffix(" then").removesuffix(", and").rstrip(" ,;.")
    after = sentence[repeat.end :].strip(" .,;)!")
    if not before:
        return f"{after[:1].upper()}{after[1:]}." if count_words(after) > 3 else ""
    return f"{before}." if not after else f"{before}, {after}."


def _group_sentences(sentences: list[str]) -> Iterator[_SentenceGroup]:
    """Group sentences by duration. Sentences without a duration join the next group; remarks join the previous one."""
    pending: list[str] = []
    last_group: _SentenceGroup | None = None
    for sentence in sentences:
        pause = parse_pause_sentence(sentence)
        durations = find_durations(sentence)
        if pause or durations:
            if last_group:
                yield last_group
            spoken = [] if pause else _insert_inline_pauses(sentence, durations)
            last_group = _SentenceGroup([*pending, *spoken], pause or _combine_durations(durations))
            pending = []
        elif (
            last_group
            and last_group.duration
            and not last_group.duration.is_hold
            and not pending
            and is_side_remark(sentence)
        ):
            last_group.sentences.append(sentence)
        else:
            pending.append(sentence)
    if last_group:
        yield last_group
    if pending:
        yield _SentenceGroup(pending)


def _combine_durations(durations: list[DurationPhrase]) -> DurationPhrase:
    """Return the duration of a sentence.

    If it contains several, return the last one if all are short, otherwise their total.
    """
    if len(durations) == 1 or all(duration.seconds < MIN_FOR_KEY_S for duration in durations):
        return durations[-1]
    total_s = sum(duration.seconds for duration in durations)
    return replace(durations[0], seconds=total_s, is_hold=False, doubt="the sum of the durations in this sentence")


def _insert_inline_pauses(sentence: str, durations: list[DurationPhrase]) -> list[str]:
    """Return the sentence with a pause after each short duration except the last, as in counted breathing."""
    if len(durations) > 1 and all(duration.seconds < MIN_FOR_KEY_S for duration in durations):
        for duration in reversed(durations[:-1]):
            comma = sentence.find(",", duration.end)
            cut = comma + 1 if 0 <= comma < duration.end + 25 else duration.end
            sentence = f"{sentence[:cut]} [{duration.seconds:g}s] {sentence[cut:].lstrip()}"
        return [sentence]
    bare = strip_bare_durations(sentence)
    return [bare if has_words(bare) else sentence]


def _merge_into_one_line(instruction: _Instruction) -> str | None:
    """Return the speech for an instruction that is repeated or done on both sides, or None if it is too long.

    The instruction must fit in a single step, so durations between sentences become inline pauses.
    """
    if not instruction.repeat and not instruction.each:
        return None
    speech = ""
    for group in instruction.groups:
        speech = f"{speech} {' '.join(group.sentences)}".strip()
        if group is not instruction.groups[-1] and group.duration:
            speech += f" [{group.duration.seconds:g}s]"
    return speech if 0 < count_words(speech) <= MAX_SENTENCE_WORDS + 3 * speech.count("[") else None


def _build_merged_step(instruction: _Instruction, speech: str) -> DraftStep:
    """Combine all groups into a single step."""
    doubts = [group.duration.doubt for group in instruction.groups if group.duration]
    doubts += [instruction.repeat.doubt if instruction.repeat else "", instruction.doubt]
    repeat = instruction.repeat.count if instruction.repeat else 1
    step = _build_timed_step(speech, instruction.groups[-1].duration)
    return replace(step, repeat=repeat, each=instruction.each, doubts=tuple(filter(None, dict.fromkeys(doubts))))


def _build_group_steps(group: _SentenceGroup) -> list[DraftStep]:
    """Return one step per line of a group. The last step gets the duration."""
    *first_lines, last = split_into_lines(group.sentences) or [""]
    name_source = group.sentences[0] if group.sentences else ""
    return [*map(DraftStep, first_lines), replace(_build_timed_step(last, group.duration), name=name_source)]


def _build_timed_step(speech: str, duration: DurationPhrase | None) -> DraftStep:
    if duration is None:
        return DraftStep(speech)
    key = "pause" if duration.is_hold or duration.seconds < MIN_FOR_KEY_S else "for"
    return DraftStep(speech, key, duration.seconds, doubts=(duration.doubt,) if duration.doubt else ())  # type: ignore[arg-type]


def _build_repeat_steps(instruction: _Instruction, steps: list[DraftStep]) -> list[DraftStep]:
    """Return the steps that stand in for the repetitions of an instruction that is too long to be repeated in full."""
    seconds = sum(step.seconds for step in steps)
    repeat_steps: list[DraftStep] = []
    if instruction.other_side_sentence or instruction.each:
        side = "the other way" if instruction.each and instruction.each.name == "turn" else "on the other side"
        speech = instruction.other_side_sentence or f"Now the same {side}."
        repeat_steps.append(DraftStep(speech, "for" if seconds else "", seconds))
    if instruction.repeat and instruction.repeat.count > 1:
        seconds += sum(step.seconds for step in repeat_steps)
        doubts = tuple(filter(None, (instruction.repeat.doubt, "say what to repeat if that is unclear")))
        rounds = instruction.repeat.count - 1
        repeat_steps.append(DraftStep("And again.", "for" if seconds else "", seconds, rounds, doubts=doubts))
    return repeat_steps


def _with_default_duration(step: DraftStep, follows_duration: bool, movement_count: int | None) -> DraftStep:
    """Give a step a default duration. The default is shorter if an earlier sentence has a duration."""
    if follows_duration:
        seconds = DEFAULT_FOLLOW_UP_S
    elif movement_count:
        seconds = min(movement_count * MOVEMENT_DURATION_S, MAX_COUNTED_S)
    else:
        seconds = DEFAULT_STEP_S
    return replace(
        step,
        duration_key="pause" if seconds < MIN_FOR_KEY_S else "for",
        seconds=seconds,
        doubts=(*step.doubts, "the text gives no duration"),
        duration_guessed=True,
    )
