"""From blocks to an outline: what is needed, what to beware of, what to do, and what only explains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from voiceguide.drafting.outline import DraftNote, Outline
from voiceguide.drafting.stage_builder import StageBuilder, parse_heading_duration
from voiceguide.drafting.step_builder import build_steps
from voiceguide.drafting.text.blocks import TextBlock
from voiceguide.drafting.text.durations import find_durations, parse_pause_sentence, strip_bare_durations
from voiceguide.drafting.text.repetitions import find_repeat, find_rounds
from voiceguide.drafting.text.section_roles import SectionRole, detect_section_role
from voiceguide.drafting.text.sentences import count_words, is_instruction, split_into_lines, split_into_sentences
from voiceguide.drafting.text.vocabulary import (
    CAUTION_ADVICE_WORDS,
    CAUTION_PARAGRAPH_START,
    CAUTION_WORDS,
    NEEDS_LINE,
    SAFETY_LINE,
)

__all__ = ["build_outline"]

_MIN_NARRATION_PAUSES = 2
"""From so many pauses on that stand by themselves, a text is narration: everything in it is to be said."""
_MAX_NEED_WORDS = 14
_MAX_PARENT_WORDS = 6
"""An item over others that has no more words, and tells nobody what to do, is a stage."""
_WHOLE_STAGE = re.compile(
    r"\b(?:sequence|cycle|series|circuit|set|flow|routine|exercise|whole|entire|all|these|this)\b", re.I
)


def build_outline(blocks: Sequence[TextBlock], title: str) -> Outline:
    """What the blocks say to do. `title` is used where the text has none of its own."""
    sorter = _OutlineBuilder(blocks)
    for index, block in enumerate(blocks):
        sorter.add_block(block, blocks[index + 1] if index + 1 < len(blocks) else None)
    if not any(stage.steps for stage in sorter.stages):
        sorter.add_skipped_as_steps()
    stages = tuple(stage.build() for stage in sorter.stages if stage.steps)
    return Outline(
        title=sorter.title or title,
        stages=stages,
        needs=tuple(sorter.needs),
        safety=tuple(sorter.safety),
        skipped_lines=tuple(block.line for block in sorter.skipped_blocks),
    )


class _OutlineBuilder:
    """Takes the blocks one after another and puts each where it belongs."""

    def __init__(self, blocks: Sequence[TextBlock]) -> None:
        self.title = ""
        self.stages: list[StageBuilder] = []
        self.needs: list[DraftNote] = []
        self.safety: list[DraftNote] = []
        self.skipped_blocks: list[TextBlock] = []
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

    def add_block(self, block: TextBlock, following: TextBlock | None) -> None:
        """Put one block where it belongs."""
        if block.kind == "heading":
            self._add_heading(block)
        elif block.kind == "item":
            self._add_item(block, following)
        else:
            self._add_paragraph(block, following)

    def add_skipped_as_steps(self) -> None:
        """Where nothing reads like an instruction, everything is taken for one."""
        blocks, self.skipped_blocks = self.skipped_blocks, []
        for block in blocks:
            self._add_steps(block, "this did not read like an instruction")

    def _add_heading(self, block: TextBlock) -> None:
        if not self.title and not self.stages and detect_section_role(block.text) != "needs":
            self.title = strip_bare_durations(block.text)
        self._heading_stack = [
            (depth, role) for depth, role in self._heading_stack if depth < block.indent or not block.is_marked_heading
        ]
        self._heading_stack = self._heading_stack if block.is_marked_heading else []
        self._heading_stack.append((block.indent, detect_section_role(block.text)))
        self._heading, self._list_intro, self._parent_item, self._section_has_caution = block, None, None, False

    def _section_role(self) -> SectionRole:
        """The role of the section: its heading's, or else that of the heading around it."""
        roles: list[SectionRole] = [role for _, role in self._heading_stack if role and role != "steps"]
        role = roles[-1] if roles else ""
        return "" if self._heading.text == self.title and role in ("skip", "needs") else role

    def _add_item(self, block: TextBlock, following: TextBlock | None) -> None:
        lead = detect_section_role(self._list_intro.text) if self._list_intro else ""
        role = lead or self._section_role()
        if (
            role == "skip"
            and block.numbered
            and not re.search(r"types? of|what (?:is|are)|benefits?|why", self._heading.text, re.I)
        ):
            role = "steps"
        if role == "needs" and not (is_instruction(block.text) and find_durations(block.text)):
            self._add_need(block)
        elif role == "safety":
            self._add_list_intro()
            self._add_safety(block, split_into_sentences(block.text))
        elif role == "skip":
            self.skipped_blocks.append(block)
        else:
            self._add_step_item(block, following)

    def _add_step_item(self, block: TextBlock, following: TextBlock | None) -> None:
        if self._parent_item and block.indent <= self._parent_item.indent:
            self._parent_item = None
        inside = following and following.kind == "item" and following.indent > block.indent
        words = count_words(block.text)
        if inside and (words <= 3 or (words <= _MAX_PARENT_WORDS and not is_instruction(block.text))):
            self._parent_item = block
        elif warning := SAFETY_LINE.fullmatch(block.text):
            self._add_safety(block, split_into_sentences(warning["rest"]))
        else:
            self._add_steps(block)

    def _add_paragraph(self, block: TextBlock, following: TextBlock | None) -> None:
        first = split_into_sentences(block.text)[0]
        before_list = block.text.endswith(":") and following is not None and following.kind == "item"
        role = self._section_role()
        if before_list:
            self._list_intro = block
            return
        if warning := SAFETY_LINE.fullmatch(block.text):
            self._add_safety(block, split_into_sentences(warning["rest"]))
        elif role == "safety" and not self._section_has_caution:
            cautions = [sentence for sentence in split_into_sentences(block.text) if CAUTION_WORDS.search(sentence)]
            self._add_safety(block, cautions) if cautions else self.skipped_blocks.append(block)
        elif (
            (needed := NEEDS_LINE.fullmatch(block.text))
            and count_words(first) < 40
            and len(split_into_sentences(block.text)) == 1
        ):
            self._add_needs(block, needed["rest"])
        elif role == "needs" and not is_instruction(first):
            self._add_needs(block, block.text)
        elif CAUTION_PARAGRAPH_START.match(first) and not self._is_narration:
            self._add_safety(block, split_into_sentences(block.text), "taken for a caution")
        elif self._is_step_paragraph(block, role):
            self._add_steps(block)
        else:
            self.skipped_blocks.append(block)

    def _is_step_paragraph(self, block: TextBlock, role: SectionRole) -> bool:
        """Whether a paragraph is to be done, and does not only explain."""
        if role in ("skip", "safety"):
            return False
        sentences = split_into_sentences(block.text)
        tells = [sentence for sentence in sentences if is_instruction(sentence) or parse_pause_sentence(sentence)]
        if self._is_narration:
            return True
        if self._has_lists:
            own = self._heading.text and self._heading.text != self.title and not self._stage_has_steps()
            return bool(own and tells[:1] == sentences[:1] and find_durations(block.text))
        return bool(tells) and 2 * len(tells) >= min(len(sentences), 4)

    def _stage_has_steps(self) -> bool:
        return bool(self.stages and self.stages[-1].title == self._stage_title() and self.stages[-1].steps)

    def _stage_title(self) -> str:
        return strip_bare_durations((self._parent_item or self._heading).text) or self.title or "Steps"

    def _current_stage(self, block: TextBlock) -> StageBuilder:
        title = self._stage_title()
        if not self.stages or self.stages[-1].title != title:
            self.stages.append(StageBuilder(title, (self._parent_item or self._heading).line))
            self.stages[-1].heading_duration_s = parse_heading_duration((self._parent_item or self._heading).text)
        return self.stages[-1]

    def _add_steps(self, block: TextBlock, doubt: str = "") -> None:
        stage = self._current_stage(block)
        again = find_repeat(block.text) or (find_rounds(block.text) if count_words(block.text) < 4 else None)
        whole = again and count_words(block.text) <= 12 and stage.steps
        if whole and again and (count_words(block.text) <= 5 or _WHOLE_STAGE.search(block.text)):
            stage.repeat = again.count
            return
        for step in build_steps(block.text, block.line, self._is_narration):
            step = replace(step, doubts=(*step.doubts, doubt)) if doubt else step
            stage.add(step)

    def _add_need(self, block: TextBlock) -> None:
        text = block.text.rstrip(" .;,")
        small = text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
        if count_words(small) > _MAX_NEED_WORDS:
            small = split_into_sentences(small)[0].rstrip(".")
        self.needs.append(DraftNote(small, block.line))

    def _add_needs(self, block: TextBlock, text: str) -> None:
        text = re.sub(r"^\W+", "", text).rstrip(" .")
        for piece in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", text):
            if any(map(str.isalnum, piece)):
                self._add_need(replace(block, text=piece))

    def _add_list_intro(self) -> None:
        """The words before a list of cautions, where they say what to do about them."""
        if self._list_intro and not self._section_has_caution:
            told = [
                sentence
                for sentence in split_into_sentences(self._list_intro.text)
                if CAUTION_ADVICE_WORDS.search(sentence)
            ]
            if told:
                self._add_safety(self._list_intro, [f"{told[-1].rstrip(': ')}."])
        self._section_has_caution = True

    def _add_safety(self, block: TextBlock, sentences: list[str], doubt: str = "") -> None:
        doubts = (doubt,) if doubt else ()
        for line in split_into_lines(sentences):
            self.safety.append(DraftNote(line[:1].upper() + line[1:], block.line, doubts))
        self._section_has_caution = True
