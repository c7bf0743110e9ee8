"""From blocks to an outline: what is needed, what to beware of, what to do, and what only explains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from voiceguide.drafting.outline import Note, Outline
from voiceguide.drafting.stage_builder import GrowingStage, heading_time
from voiceguide.drafting.step_builder import steps_of
from voiceguide.drafting.text.blocks import Block
from voiceguide.drafting.text.durations import pause_alone, times_in, without_bare_times
from voiceguide.drafting.text.repetitions import repeat_in, rounds_in
from voiceguide.drafting.text.section_roles import Role, role_of
from voiceguide.drafting.text.sentences import instructs, sentences_of, short_lines, words_in
from voiceguide.drafting.text.vocabulary import (
    CAUTION_STARTS,
    CAUTIONARY,
    DOCTOR,
    NEEDS_LINE,
    SAFETY_LINE,
)

__all__ = ["outline_of"]

_NARRATED_PAUSES = 2
"""From so many pauses on that stand by themselves, a text is narration: everything in it is to be said."""
_MOST_NEED_WORDS = 14
_MOST_PARENT_WORDS = 6
"""An item over others that has no more words, and tells nobody what to do, is a stage."""
_WHOLE_STAGE = re.compile(
    r"\b(?:sequence|cycle|series|circuit|set|flow|routine|exercise|whole|entire|all|these|this)\b", re.I
)


def outline_of(blocks: Sequence[Block], title: str) -> Outline:
    """What the blocks say to do. `title` is used where the text has none of its own."""
    sorter = _Sorter(blocks)
    for index, block in enumerate(blocks):
        sorter.take(block, blocks[index + 1] if index + 1 < len(blocks) else None)
    if not any(stage.steps for stage in sorter.stages):
        sorter.take_what_was_left_out()
    stages = tuple(stage.finished() for stage in sorter.stages if stage.steps)
    return Outline(
        title=sorter.title or title,
        stages=stages,
        needs=tuple(sorter.needs),
        safety=tuple(sorter.safety),
        left_out=tuple(block.line for block in sorter.left_out),
    )


class _Sorter:
    """Takes the blocks one after another and puts each where it belongs."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.title = ""
        self.stages: list[GrowingStage] = []
        self.needs: list[Note] = []
        self.safety: list[Note] = []
        self.left_out: list[Block] = []
        self._lists = any(block.kind == "item" for block in blocks)
        pauses = [block for block in blocks for sentence in sentences_of(block.text) if pause_alone(sentence)]
        self._narrated = len(pauses) >= _NARRATED_PAUSES and not self._lists
        self._heading = Block("heading", "", 1)
        self._above: list[tuple[int, Role]] = []
        self._lead_in: Block | None = None
        self._parent: Block | None = None
        self._cautioned = False

    def take(self, block: Block, following: Block | None) -> None:
        """Put one block where it belongs."""
        if block.kind == "heading":
            self._take_heading(block)
        elif block.kind == "item":
            self._take_item(block, following)
        else:
            self._take_paragraph(block, following)

    def take_what_was_left_out(self) -> None:
        """Where nothing reads like an instruction, everything is taken for one."""
        blocks, self.left_out = self.left_out, []
        for block in blocks:
            self._add_steps(block, "this did not read like an instruction")

    def _take_heading(self, block: Block) -> None:
        if not self.title and not self.stages and role_of(block.text) != "needs":
            self.title = without_bare_times(block.text)
        self._above = [(depth, role) for depth, role in self._above if depth < block.indent or not block.explicit]
        self._above = self._above if block.explicit else []
        self._above.append((block.indent, role_of(block.text)))
        self._heading, self._lead_in, self._parent, self._cautioned = block, None, None, False

    def _role(self) -> Role:
        """The role of the section: its heading's, or else that of the heading around it."""
        roles: list[Role] = [role for _, role in self._above if role and role != "steps"]
        role = roles[-1] if roles else ""
        return "" if self._heading.text == self.title and role in ("skip", "needs") else role

    def _take_item(self, block: Block, following: Block | None) -> None:
        lead = role_of(self._lead_in.text) if self._lead_in else ""
        role = lead or self._role()
        if (
            role == "skip"
            and block.numbered
            and not re.search(r"types? of|what (?:is|are)|benefits?|why", self._heading.text, re.I)
        ):
            role = "steps"
        if role == "needs" and not (instructs(block.text) and times_in(block.text)):
            self._add_need(block)
        elif role == "safety":
            self._add_lead_in()
            self._add_safety(block, sentences_of(block.text))
        elif role == "skip":
            self.left_out.append(block)
        else:
            self._take_step(block, following)

    def _take_step(self, block: Block, following: Block | None) -> None:
        if self._parent and block.indent <= self._parent.indent:
            self._parent = None
        inside = following and following.kind == "item" and following.indent > block.indent
        words = words_in(block.text)
        if inside and (words <= 3 or (words <= _MOST_PARENT_WORDS and not instructs(block.text))):
            self._parent = block
        elif warning := SAFETY_LINE.fullmatch(block.text):
            self._add_safety(block, sentences_of(warning["rest"]))
        else:
            self._add_steps(block)

    def _take_paragraph(self, block: Block, following: Block | None) -> None:
        first = sentences_of(block.text)[0]
        before_list = block.text.endswith(":") and following is not None and following.kind == "item"
        role = self._role()
        if before_list:
            self._lead_in = block
            return
        if warning := SAFETY_LINE.fullmatch(block.text):
            self._add_safety(block, sentences_of(warning["rest"]))
        elif role == "safety" and not self._cautioned:
            cautions = [sentence for sentence in sentences_of(block.text) if CAUTIONARY.search(sentence)]
            self._add_safety(block, cautions) if cautions else self.left_out.append(block)
        elif (
            (needed := NEEDS_LINE.fullmatch(block.text)) and words_in(first) < 40 and len(sentences_of(block.text)) == 1
        ):
            self._add_needs(block, needed["rest"])
        elif role == "needs" and not instructs(first):
            self._add_needs(block, block.text)
        elif CAUTION_STARTS.match(first) and not self._narrated:
            self._add_safety(block, sentences_of(block.text), "taken for a caution")
        elif self._is_step(block, role):
            self._add_steps(block)
        else:
            self.left_out.append(block)

    def _is_step(self, block: Block, role: Role) -> bool:
        """Whether a paragraph is to be done, and does not only explain."""
        if role in ("skip", "safety"):
            return False
        sentences = sentences_of(block.text)
        tells = [sentence for sentence in sentences if instructs(sentence) or pause_alone(sentence)]
        if self._narrated:
            return True
        if self._lists:
            own = self._heading.text and self._heading.text != self.title and not self._steps_here()
            return bool(own and tells[:1] == sentences[:1] and times_in(block.text))
        return bool(tells) and 2 * len(tells) >= min(len(sentences), 4)

    def _steps_here(self) -> bool:
        return bool(self.stages and self.stages[-1].title == self._stage_title() and self.stages[-1].steps)

    def _stage_title(self) -> str:
        return without_bare_times((self._parent or self._heading).text) or self.title or "Steps"

    def _stage(self, block: Block) -> GrowingStage:
        title = self._stage_title()
        if not self.stages or self.stages[-1].title != title:
            self.stages.append(GrowingStage(title, (self._parent or self._heading).line))
            self.stages[-1].heading_s = heading_time((self._parent or self._heading).text)
        return self.stages[-1]

    def _add_steps(self, block: Block, doubt: str = "") -> None:
        stage = self._stage(block)
        again = repeat_in(block.text) or (rounds_in(block.text) if words_in(block.text) < 4 else None)
        whole = again and words_in(block.text) <= 12 and stage.steps
        if whole and again and (words_in(block.text) <= 5 or _WHOLE_STAGE.search(block.text)):
            stage.repeat = again.times
            return
        for step in steps_of(block.text, block.line, self._narrated):
            step = replace(step, doubts=(*step.doubts, doubt)) if doubt else step
            stage.add(step)

    def _add_need(self, block: Block) -> None:
        text = block.text.rstrip(" .;,")
        small = text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
        if words_in(small) > _MOST_NEED_WORDS:
            small = sentences_of(small)[0].rstrip(".")
        self.needs.append(Note(small, block.line))

    def _add_needs(self, block: Block, text: str) -> None:
        text = re.sub(r"^\W+", "", text).rstrip(" .")
        for piece in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", text):
            if any(map(str.isalnum, piece)):
                self._add_need(replace(block, text=piece))

    def _add_lead_in(self) -> None:
        """The words before a list of cautions, where they say what to do about them."""
        if self._lead_in and not self._cautioned:
            told = [sentence for sentence in sentences_of(self._lead_in.text) if DOCTOR.search(sentence)]
            if told:
                self._add_safety(self._lead_in, [f"{told[-1].rstrip(': ')}."])
        self._cautioned = True

    def _add_safety(self, block: Block, sentences: list[str], doubt: str = "") -> None:
        doubts = (doubt,) if doubt else ()
        for line in short_lines(sentences):
            self.safety.append(Note(line[:1].upper() + line[1:], block.line, doubts))
        self._cautioned = True
