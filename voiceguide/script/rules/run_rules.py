"""What a script says as a whole, beyond the grammar of each field: the table of contents of its rules.

The rules look at the raw tree, so that what they find is reported even where other keys are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from voiceguide.script.parsing.nodes import Node
from voiceguide.script.rules.duration_limits import clock
from voiceguide.script.rules.key_combinations import combinations
from voiceguide.script.rules.listening_advice import advice
from voiceguide.script.rules.text_placeholders import spoken
from voiceguide.script.rules.traversal import Finding, Part, walk
from voiceguide.script.rules.unique_names import names
from voiceguide.script.rules.variant_targets import targets

__all__ = ["findings"]

_RULES: tuple[Callable[[Sequence[Part]], Iterator[Finding]], ...] = (
    combinations,
    clock,
    spoken,
    names,
    targets,
    advice,
)


def findings(root: Node) -> Iterator[Finding]:
    """Everything wrong or advisable that no single field shows, rule by rule."""
    parts = list(walk(root))
    for rule in _RULES:
        yield from rule(parts)
