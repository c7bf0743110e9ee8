"""What a script says as a whole, beyond the grammar of each field: the table of contents of its rules.

The rules look at the raw tree, so that what they find is reported even where other keys are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from voiceguide.script.parsing.nodes import Node
from voiceguide.script.rules.duration_limits import check_durations
from voiceguide.script.rules.key_combinations import check_key_combinations
from voiceguide.script.rules.listening_advice import check_sentences_and_safety
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
)


def run_rules(root: Node) -> Iterator[Issue]:
    """Everything wrong or advisable that no single field shows, rule by rule."""
    parts = list(iter_sections(root))
    for rule in _RULES:
        yield from rule(parts)
