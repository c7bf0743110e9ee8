"""Run the rules that check a script as a whole, not just the syntax of each key.

The rules check the node tree, so they report issues even if other keys are not valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from voiceguide.script.parsing.nodes import Node
from voiceguide.script.rules.duration_limits import check_durations
from voiceguide.script.rules.key_combinations import check_key_combinations
from voiceguide.script.rules.listening_advice import check_sentences_and_safety
from voiceguide.script.rules.reading_advice import check_readings
from voiceguide.script.rules.text_placeholders import check_placeholders
from voiceguide.script.rules.traversal import Issue, Section, iter_sections
from voiceguide.script.rules.unique_names import check_unique_names
from voiceguide.script.rules.variant_targets import check_variant_targets

__all__ = ["run_rules"]

_RULES: tuple[Callable[[Sequence[Section]], Iterator[Issue]], ...] = (
    check_key_combinations,
    check_durations,
    check_placeholders,
    check_unique_names,
    check_variant_targets,
    check_sentences_and_safety,
    check_readings,
)


def run_rules(root: Node) -> Iterator[Issue]:
    """Yield the errors and warnings from each rule in turn."""
    sections = list(iter_sections(root))
    for rule in _RULES:
        yield from rule(sections)
