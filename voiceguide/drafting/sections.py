"""Sort text blocks into an outline: required items, precautions, steps, and explanatory text to skip."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from voiceguide.drafting.formats.reading_result import Changes
from voiceguide.drafting.outline import DraftItem, Outline
from voiceguide.drafting.stage_builder import StageBuilder, parse_heading_duration
from voiceguide.drafting.step_builder import build_steps
from voiceguide.drafting.text.blocks import TextBlock
from voiceguide.drafting.text.durations import find_durations, parse_pause_sentence, strip_bare_durations
from voiceguide.drafting.text.plain_text import lost_words, strip_markup
from voiceguide.drafting.text.repetitions import find_repeat, find_rounds
from voiceguide.drafting.text.section_roles import SectionRole, detect_section_role, is_role_name
from voiceguide.drafting.text.sentences import (
    count_words,
    has_words,
    is_instruction,
    split_into_lines,
    split_into_sentences,
)
from voiceguide.drafting.text.vocabulary import (
    CAUTION_ADVICE_WORDS,
    CAUTION_PARAGRAPH_START,
    CAUTION_WORDS,
    NEEDS_LINE,
    NOTE_LINE,
    SAFETY_LINE,
)

__all__ = ["build_outline"]

_MIN_NARRATION_PAUSES = 2
"""Text without lists is narration if it has at least this many standalone pauses. Narration is spoken in full."""
_MAX_NEED_WORDS = 14
_MAX_PARENT_WORDS = 6
"""An item with nested items is a stage title if it has at most this many words and is not an instruction."""
_WHOLE_STAGE = re.compile(
    r"\b(?:sequence|cycle|series|circuit|set|flow|routine|exercise|whole|entire|all|these|this)\b", re.I
)


_REPEAT_FOR = re.compile(r"repeat(?: (?:this|it|the|whole|entire|sequence|cycle))* for (?:about )?", re.IGNORECASE)


def _repeat_length(text: str) -> float:
    """Return the total length in seconds if a text is only an instruction such as "Repeat for 5 minutes", or 0."""
    start = _REPEAT_FOR.match(text)
    lengths = find_durations(text) if start else []
    is_whole = len(lengths) == 1 and start and lengths[0].start == start.end() and not has_words(text[lengths[0].end :])
    return lengths[0].seconds if is_whole else 0


def build_outline(blocks: Sequence[TextBlock], title: str) -> Outline:
    """Return the outline of the blocks. `title` is used if the text has no title."""
    builder = _OutlineBuilder(blocks)
    for index, block in enumerate(blocks):
        builder.add_block(block, blocks[index + 1] if index + 1 < len(blocks) else None)
    if not any(stage.steps for stage in builder.stages):
        builder.add_skipped_as_steps()
    builder.close()
    return Outline(
        title=builder.title or title,
        stages=tuple(stage.build() for stage in builder.stages if stage.steps),
        needs=tuple(builder.needs),
        safety=tuple(builder.safety),
        changes=builder.changes,
    )


class _OutlineBuilder:
    """Sorts blocks into stages, required items, precautions and skipped text."""

    def __init__(self, blocks: Sequence[TextBlock]) -> None:
        self.title = ""
        self.stages: list[StageBuilder] = []
        self.needs: list[DraftItem] = []
        self.safety: list[DraftItem] = []
        self.skipped_blocks: list[TextBlock] = []
        self.changes: Changes = Counter()
        self._has_lists = any(block.kind == "item" for block in blocks)
        pauses = [
            block for block in blocks for sentence in split_into_sentences(block.text) if parse_pause_sentence(sentence)
        ]
        self._is_narration = len(pauses) >= _MIN_NARRATION_PAUSES and not self._has_lists
        self._heading = TextBlock("heading", "", 1)
        self._heading_stack: list[tuple[int, SectionRole]] = []
        self._list_intro: TextBlock | None = None
        self._parent_item: TextBlock | None = None
        self._section_has_caution = False
        self._remarks: list[str] = []
        self._pending_remarks: list[str] = []
        """The remarks directly before the block that is being added."""

    def add_block(self, block: TextBlock, following: TextBlock | None) -> None:
        """Add a block. `following` is the next block. Words that are not used become a remark in the same place."""
        if block.kind == "remark" or not has_words(block.text):
            self._remarks.append(block.source)
        elif block.kind == "heading":
            self._add_heading(block)
        else:
            counts = [len(stage.steps) for stage in self.stages], len(self.needs), len(self.safety)
            self._pending_remarks, self._remarks = self._remarks, []
            if block.kind == "item":
                self._add_item(block, following)
            else:
                self._add_paragraph(block, following)
            self._keep_unused_words(block, *counts)

    def close(self) -> None:
        """Add the remaining remarks after the last step."""
        with_steps = [stage for stage in self.stages if stage.steps]
        if with_steps:
            with_steps[-1].closing_remarks += tuple(self._remarks)
            self._remarks = []

    def _keep_unused_words(self, block: TextBlock, step_counts: list[int], needs: int, safety: int) -> None:
        """Turn the block into a remark if some of its words are missing from the steps and notes created from it."""
        step_counts = [*step_counts, *[0] * (len(self.stages) - len(step_counts))]
        new_steps = [
            (stage, index)
            for stage, count in zip(self.stages, step_counts, strict=True)
            for index in range(count, len(stage.steps))
        ]
        notes = [item.text for item in (*self.needs[needs:], *self.safety[safety:])]
        speech = [stage.steps[index].say for stage, index in new_steps]
        lost = lost_words(block.source, *speech, *notes, *self._understood_phrases(block.source))
        remarks = [*self._pending_remarks, lost] if lost else self._pending_remarks
        if not new_steps:
            self._remarks = [*remarks, *self._remarks]
            return
        stage, index = new_steps[0]
        stage.steps[index] = replace(stage.steps[index], remarks=(*remarks, *stage.steps[index].remarks))

    def add_skipped_as_steps(self) -> None:
        """Turn all skipped text into steps. Used when nothing in the text looks like an instruction."""
        skipped = Counter(block.source for block in self.skipped_blocks)
        remarks, self._remarks = self._remarks, []
        for remark in remarks:
            skipped[remark] -= 1
            if skipped[remark] < 0:
                self._remarks.append(remark)
        for block in self.skipped_blocks:
            self._pending_remarks, self._remarks = self._remarks, []
            counts = [len(stage.steps) for stage in self.stages], len(self.needs), len(self.safety)
            self._add_steps(block, "this might not be an instruction")
            self._keep_unused_words(block, *counts)

    def _understood_phrases(self, source: str) -> list[str]:
        """Return the parts of a text that became lengths, pauses or repeats, and count them."""
        pauses: list[str] = []
        lengths: list[str] = []
        label = (
            NEEDS_LINE.fullmatch(plain := strip_markup(source))
            or SAFETY_LINE.fullmatch(plain)
            or NOTE_LINE.fullmatch(plain)
        )
        labels = [plain[: label.start("rest")]] if label else []
        for sentence in split_into_sentences(plain):
            if parse_pause_sentence(sentence):
                pauses.append(sentence)
            else:
                lengths += [sentence[found.start : found.end] for found in find_durations(sentence)]
                repeat = find_repeat(sentence) or find_rounds(sentence)
                lengths += [repeat.words_of_count(sentence)] if repeat else []
        self.changes["pauses in words", "pauses"] += len(pauses)
        self.changes["lengths and counts", "times"] += len(lengths)
        return [*pauses, *lengths, *labels]

    def _add_heading(self, block: TextBlock) -> None:
        role = detect_section_role(block.text)
        is_title = not self.title and not self.stages and role != "needs"
        if is_title:
            self.title = strip_bare_durations(block.text)
        if is_role_name(block.text, role):
            self.changes["headings", role] += 1
        elif lost_words(block.source, self.title):
            self._remarks.append(block.source)
        elif not is_title:
            self.changes["repeated titles", "title"] += 1
        outer = [(depth, role) for depth, role in self._heading_stack if depth < block.indent]
        self._heading_stack = outer if block.is_marked_heading else []
        self._heading_stack.append((block.indent, role))
        self._heading, self._list_intro, self._parent_item, self._section_has_caution = block, None, None, False

    def _section_role(self) -> SectionRole:
        """Return the role of the innermost heading that has a role."""
        roles: list[SectionRole] = [role for _, role in self._heading_stack if role and role != "steps"]
        role = roles[-1] if roles else ""
        return "" if self._heading.text == self.title and role in ("skip", "needs") else role

    def _add_item(self, block: TextBlock, following: TextBlock | None) -> None:
        intro_role = detect_section_role(self._list_intro.text) if self._list_intro else ""
        role = intro_role or self._section_role()
        if (
            role == "skip"
            and block.numbered
            and not re.search(r"types? of|what (?:is|are)|benefits?|why", self._heading.text, re.I)
        ):
            role = "steps"
        if role == "needs" and not (is_instruction(block.text) and find_durations(block.text)):
            self._add_need(block.text)
        elif role == "safety":
            self._add_intro_advice()
            self._add_safety(split_into_sentences(block.text))
        elif role == "skip":
            self.skipped_blocks.append(block)
        else:
            self._add_step_item(block, following)

    def _add_step_item(self, block: TextBlock, following: TextBlock | None) -> None:
        if self._parent_item and block.indent <= self._parent_item.indent:
            self._parent_item = None
        has_nested_items = following and following.kind == "item" and following.indent > block.indent
        word_count = count_words(block.text)
        if has_nested_items and (
            (word_count <= 3 and block.text[-1:] not in ".!")
            or (word_count <= _MAX_PARENT_WORDS and not is_instruction(block.text))
        ):
            self._parent_item = block
        elif safety_line := SAFETY_LINE.fullmatch(block.text):
            self._add_safety(split_into_sentences(safety_line["rest"]))
        else:
            self._add_steps(block)

    def _add_paragraph(self, block: TextBlock, following: TextBlock | None) -> None:
        sentences = split_into_sentences(block.text)
        role = self._section_role()
        if block.text.endswith(":") and following is not None and following.kind == "item":
            self._list_intro = block
            rounds = find_repeat(block.text) or find_rounds(block.text)
            if rounds and count_words(block.text) <= _MAX_PARENT_WORDS:
                self._heading = TextBlock("heading", block.text.rstrip(": "), block.line, 3, source=block.source)
        elif safety_line := SAFETY_LINE.fullmatch(block.text):
            self._add_safety(split_into_sentences(safety_line["rest"]))
        elif (note := NOTE_LINE.fullmatch(block.text)) and CAUTION_WORDS.search(note["rest"]):
            self._add_safety(split_into_sentences(note["rest"]), "assumed to be a precaution")
        elif role == "safety" and not self._section_has_caution:
            cautions = [sentence for sentence in sentences if CAUTION_WORDS.search(sentence)]
            self._add_safety(cautions) if cautions else self.skipped_blocks.append(block)
        elif (
            (needs_line := NEEDS_LINE.fullmatch(block.text)) and len(sentences) == 1 and count_words(sentences[0]) < 40
        ):
            self._add_needs(needs_line["rest"])
        elif role == "needs" and not is_instruction(sentences[0]):
            self._add_needs(block.text)
        elif CAUTION_PARAGRAPH_START.match(sentences[0]) and not self._is_narration:
            self._add_safety(sentences, "assumed to be a precaution")
        elif self._is_step_paragraph(block, role):
            self._add_steps(block)
        else:
            self.skipped_blocks.append(block)

    def _is_step_paragraph(self, block: TextBlock, role: SectionRole) -> bool:
        """Return whether a paragraph contains steps rather than explanatory text."""
        if role in ("skip", "safety"):
            return False
        if self._is_narration:
            return True
        sentences = split_into_sentences(block.text)
        instructions = [
            sentence for sentence in sentences if is_instruction(sentence) or parse_pause_sentence(sentence)
        ]
        if self._has_lists:
            if len(instructions) == len(sentences) and find_durations(block.text):
                return True
            opens_section = self._heading.text and self._heading.text != self.title and not self._stage_has_steps()
            return bool(opens_section and instructions[:1] == sentences[:1] and find_durations(block.text))
        return bool(instructions) and 2 * len(instructions) >= min(len(sentences), 4)

    def _stage_has_steps(self) -> bool:
        return bool(self.stages and self.stages[-1].title == self._stage_title() and self.stages[-1].steps)

    def _stage_title(self) -> str:
        return strip_bare_durations((self._parent_item or self._heading).text) or self.title or "Steps"

    def _current_stage(self) -> StageBuilder:
        title = self._stage_title()
        if not self.stages or self.stages[-1].title != title:
            origin = self._parent_item or self._heading
            rounds = find_rounds(origin.text) if count_words(origin.text) <= _MAX_PARENT_WORDS else None
            duration_s = parse_heading_duration(origin.text)
            self.stages.append(StageBuilder(title, repeat=rounds.count if rounds else 1, heading_duration_s=duration_s))
            if not lost_words(origin.source, title) and origin.source in self._pending_remarks:
                self._pending_remarks.remove(origin.source)
        return self.stages[-1]

    def _add_steps(self, block: TextBlock, doubt: str = "") -> None:
        stage = self._current_stage()
        word_count = count_words(block.text)
        repeat = find_repeat(block.text) or (find_rounds(block.text) if word_count < 4 else None)
        if repeat and stage.steps and (word_count <= 5 or (word_count <= 12 and _WHOLE_STAGE.search(block.text))):
            stage.repeat = repeat.count
            return
        if stage.steps and (length_s := _repeat_length(block.text)):
            stage.repeat_for(length_s)
            return
        for step in build_steps(block.text, self._is_narration):
            stage.add(replace(step, doubts=(*step.doubts, doubt)) if doubt else step)

    def _add_need(self, text: str) -> None:
        need = text.rstrip(" .;,")
        need = need[:1].lower() + need[1:] if need[1:2].islower() or need[1:2] == " " else need
        if count_words(need) > _MAX_NEED_WORDS:
            need = split_into_sentences(need)[0].rstrip(".")
        self.needs.append(DraftItem(need))

    def _add_needs(self, text: str) -> None:
        text = re.sub(r"^\W+", "", text).rstrip(" .")
        for item in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", text):
            if has_words(item):
                self._add_need(item)

    def _add_intro_advice(self) -> None:
        """Add any advice found in the introduction to a list of precautions."""
        if self._list_intro and not self._section_has_caution:
            advice = [
                sentence
                for sentence in split_into_sentences(self._list_intro.text)
                if CAUTION_ADVICE_WORDS.search(sentence)
            ]
            if advice:
                self._add_safety([f"{advice[-1].rstrip(': ')}."])
        self._section_has_caution = True

    def _add_safety(self, sentences: list[str], doubt: str = "") -> None:
        doubts = (doubt,) if doubt else ()
        for line in split_into_lines(sentences):
            self.safety.append(DraftItem(line[:1].upper() + line[1:], doubts))
        self._section_has_caution = True
