"""Random edits of the bundled scripts and of odd ones. `make soak` makes ten thousand of them."""

from __future__ import annotations

from tests.reliability.script_edits import check_edits
from tests.support.odd_scripts import odd_script
from voiceguide.script.editing import tree

SCRIPTS = 80


def test_the_data_is_as_edited_and_every_other_line_and_comment_is_as_before() -> None:
    results = [result for seed in range(SCRIPTS) for result in check_edits(seed)]
    assert [result for result in results if result not in ("", "refused")] == []
    assert results.count("refused") < len(results) / 20


def test_the_odd_scripts_are_read() -> None:
    assert sum(bool(tree(odd_script(seed))) for seed in range(200)) > 170
