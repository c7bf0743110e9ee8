"""What a script says as a whole, beyond the grammar of each field: the table of contents of its rules.

The rules look at the raw tree, so that what they find is reported even where other keys are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from voiceguide.script.advice import advice
from voiceguide.script.clock import clock
from voiceguide.script.combinations import combinations
from voiceguide.script.names import names
from voiceguide.script.spoken import spoken
from voiceguide.script.targets import targets
from voiceguide.script.tree import Node
from voiceguide.script.walk import Finding, Part, walk

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
