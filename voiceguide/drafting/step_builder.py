"""From the text of one instruction to its steps: lines that can be followed by ear, each with the time to do it."""

from __future__ import annotations

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
from voiceguide.drafting.text.sentences import count_words, is_side_remark, split_into_lines, split_into_sentences
from voiceguide.script.rules.listening_advice import MAX_SENTENCE_WORDS

__all__ = ["DEFAULT_STEP_S", "build_steps"]

DEFAULT_STEP_S = 60
"""Seconds for an instruction that gives no time."""
DEFAULT_FOLLOW_UP_S = 10
"""Seconds for what follows a time without one of its own: "Hold for 10 seconds. Lower it slowly."."""
MIN_FOR_KEY_S = 20
"""A shorter time is the quiet after the words: the words would take most of it."""
MOVEMENT_DURATION_S = 3
"""Seconds for a movement that is counted: "10 times"."""
MAX_COUNTED_S = 300


@dataclass
class _SentenceGroup:
    """Sentences that share one time."""

    sentences: list[str]
    duration: DurationPhrase | None = None
    """None for what is only said."""


@dataclass(frozen=True)
class _Instruction:
    """An instruction taken apart."""

    groups: list[_SentenceGroup]
    repeat: RepeatPhrase | None
    each: DraftEach | None
    other_side_sentence: str
    """The sentence that sends to the other side, where it is to be done again there."""
    movement_count: int | None
    doubt: str = ""


def build_steps(text: str, line: int, is_narration: bool = False) -> list[DraftStep]:
    """The steps that an instruction makes, in order. A step without words is quiet that belongs to what stands before.

    With `spoken_only`, what has no time gets none: in a text that gives its pauses, the rest is narration.
    """
    taken = _parse_instruction(text, fill_sides=True)
    words = _merge_into_one_line(taken)
    if words is not None:
        steps = [_build_merged_step(taken, words, line)]
    else:
        taken = _parse_instruction(text, fill_sides=False)
        steps = [step for part in taken.groups for step in _build_group_steps(part, line)]
        steps += _build_repeat_steps(taken, steps, line)
    if not steps or is_narration or steps[-1].duration_key:
        return steps
    after = any(part.duration for part in taken.groups)
    return [*steps[:-1], _with_default_duration(steps[-1], after, taken.movement_count)]


def _parse_instruction(text: str, fill_sides: bool) -> _Instruction:
    """What stands in an instruction; `filled` puts the placeholder of its sides into the words."""
    sentences: list[str] = []
    repeat: RepeatPhrase | None = None
    each: DraftEach | None = None
    other = doubt = ""
    for sentence in split_into_sentences(text):
        if bare := strip_other_side_ending(sentence):
            sentence, other = bare, "Now the same on the other side."
        found = find_repeat(sentence)
        if each is None and (both := find_both_sides(sentence, sentences[-1] if sentences else "")):
            sentence, each, doubt = (
                both.with_placeholder if fill_sides else both.without_side,
                both.each,
                "this long on each side",
            )
            if both.is_separate_sentence:
                sentences.pop()
        if names_other_side(sentence) and count_words(sentence) <= 12 and sentences:
            other, repeat = sentence, repeat or found
            continue
        if found is None and find_durations(sentence):
            found = find_trailing_repeat(sentence)
        if found and repeat is None:
            repeat, sentence = found, _remove_repeat(sentence, found)
        elif repeat is None and (find_durations(sentence) or find_movement_count(sentence)):
            repeat = find_rounds(sentence)
        if each is None and (sides := substitute_each_side(sentence)):
            sentence, each = sides if fill_sides else (sentence, sides[1])
        if any(map(str.isalnum, sentence)):
            sentences.append(sentence)
    if other and each is None and fill_sides and (named := substitute_named_side("\n".join(sentences))):
        sentences, each, other = named[0].split("\n"), named[1], ""
    count = next((count for sentence in sentences if (count := find_movement_count(sentence))), None)
    return _Instruction(list(_group_sentences(sentences)), repeat, each, other, count, doubt)


def _remove_repeat(sentence: str, repeat: RepeatPhrase) -> str:
    """What is left of a sentence when its "repeat 3 times" is taken out; nothing where that is all it says."""
    left = sentence[: repeat.start].rstrip(" ,;(") if repeat.start else ""
    left = left.removesuffix(" and").removesuffix(" then").removesuffix(", and").rstrip(" ,;")
    behind = sentence[repeat.end :].strip(" .,;)!")
    if not left:
        return f"{behind[:1].upper()}{behind[1:]}." if count_words(behind) > 3 else ""
    return f"{left}." if not behind else f"{left}, {behind}."


def _group_sentences(sentences: list[str]) -> Iterator[_SentenceGroup]:
    """Sentences by the time they share: what tells to do something belongs to the time that comes behind it."""
    waiting: list[str] = []
    done: _SentenceGroup | None = None
    for sentence in sentences:
        quiet = parse_pause_sentence(sentence)
        times = find_durations(sentence)
        if quiet or times:
            if done:
                yield done
            words = [] if quiet else _insert_inline_pauses(sentence, times)
            done, waiting = _SentenceGroup([*waiting, *words], quiet or _combine_durations(times)), []
        elif done and done.duration and not done.duration.is_hold and not waiting and is_side_remark(sentence):
            done.sentences.append(sentence)
        else:
            waiting.append(sentence)
    if done:
        yield done
    if waiting:
        yield _SentenceGroup(waiting)


def _combine_durations(times: list[DurationPhrase]) -> DurationPhrase:
    """The time of a sentence: the only one, the last of several short ones, or all of them together."""
    if len(times) == 1 or all(time.seconds < MIN_FOR_KEY_S for time in times):
        return times[-1]
    doubt = "the times of this sentence are added up"
    return replace(times[0], seconds=sum(time.seconds for time in times), is_hold=False, doubt=doubt)


def _insert_inline_pauses(sentence: str, times: list[DurationPhrase]) -> list[str]:
    """A sentence of several short times with a pause behind each but the last: breathing counts."""
    if len(times) > 1 and all(time.seconds < MIN_FOR_KEY_S for time in times):
        for time in reversed(times[:-1]):
            comma = sentence.find(",", time.end)
            at = comma + 1 if 0 <= comma < time.end + 25 else time.end
            sentence = f"{sentence[:at]} [{time.seconds:g}s] {sentence[at:].lstrip()}"
        return [sentence]
    bare = strip_bare_durations(sentence)
    return [bare if any(map(str.isalnum, bare)) else sentence]


def _merge_into_one_line(taken: _Instruction) -> str | None:
    """The words of what is done several times or on both sides, and so must be one step; None where it is too long."""
    if not taken.repeat and not taken.each:
        return None
    words = ""
    for part in taken.groups:
        words = f"{words} {' '.join(part.sentences)}".strip()
        if part is not taken.groups[-1] and part.duration:
            words += f" [{part.duration.seconds:g}s]"
    return words if 0 < count_words(words) <= MAX_SENTENCE_WORDS + 3 * words.count("[") else None


def _build_merged_step(taken: _Instruction, words: str, line: int) -> DraftStep:
    """One step for all parts, the times between them as pauses inside the words."""
    doubts = [part.duration.doubt for part in taken.groups if part.duration]
    doubts += [taken.repeat.doubt if taken.repeat else "", taken.doubt]
    times = taken.repeat.count if taken.repeat else 1
    step = _build_timed_step(words, taken.groups[-1].duration, line)
    return replace(step, repeat=times, each=taken.each, doubts=tuple(filter(None, dict.fromkeys(doubts))))


def _build_group_steps(part: _SentenceGroup, line: int) -> list[DraftStep]:
    """A part's words in lines; its time belongs to the last of them."""
    *before, last = split_into_lines(part.sentences) or [""]
    named_by = part.sentences[0] if part.sentences else ""
    return [
        *(DraftStep(words, line) for words in before),
        replace(_build_timed_step(last, part.duration, line), name=named_by),
    ]


def _build_timed_step(words: str, time: DurationPhrase | None, line: int) -> DraftStep:
    if time is None:
        return DraftStep(words, line)
    key = "pause" if time.is_hold or time.seconds < MIN_FOR_KEY_S else "for"
    return DraftStep(words, line, key, time.seconds, doubts=(time.doubt,) if time.doubt else ())  # type: ignore[arg-type]


def _build_repeat_steps(taken: _Instruction, steps: list[DraftStep], line: int) -> list[DraftStep]:
    """Steps for what is too long to be said again: the other side, the further rounds."""
    seconds = sum(step.seconds for step in steps)
    again: list[DraftStep] = []
    if taken.other_side_sentence or taken.each:
        way = "the other way" if taken.each and taken.each.name == "turn" else "on the other side"
        words = taken.other_side_sentence or f"Now the same {way}."
        again.append(DraftStep(words, line, "for" if seconds else "", seconds))
    if taken.repeat and taken.repeat.count > 1:
        seconds += sum(step.seconds for step in again)
        doubts = tuple(filter(None, (taken.repeat.doubt, "say what is done again, if need be")))
        rounds = taken.repeat.count - 1
        again.append(DraftStep("And again.", line, "for" if seconds else "", seconds, rounds, doubts=doubts))
    return again


def _with_default_duration(step: DraftStep, follows_timed_step: bool, count: int | None) -> DraftStep:
    """The step with a time made up: a short one behind what has a time, else one for the whole instruction."""
    seconds = (
        DEFAULT_FOLLOW_UP_S
        if follows_timed_step
        else min(count * MOVEMENT_DURATION_S, MAX_COUNTED_S)
        if count
        else DEFAULT_STEP_S
    )
    return replace(
        step,
        duration_key="pause" if seconds < MIN_FOR_KEY_S else "for",
        seconds=seconds,
        doubts=(*step.doubts, "the text gives no time"),
        duration_guessed=True,
    )
