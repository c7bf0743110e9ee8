"""Describe a script for the studio: its tree, its problems and its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from voiceguide.errors import Problem, ScriptError, VoiceguideError
from voiceguide.script.editing import EditError, tree
from voiceguide.script.loader import Script
from voiceguide.script.parsing.nodes import Loc, format_loc, parse_loc
from voiceguide.timeline.model import TimedStage, TimedStep, Timeline
from voiceguide.units import samples_to_seconds
from voiceguide.web.studio.narrator_keeper import NarratorKeeper

__all__ = ["describe", "step_turns"]


def describe(text: str, path: Path, narrators: NarratorKeeper) -> dict[str, Any]:
    """Return the tree, the problems and the timeline of a script as JSON. Parts that cannot be determined are None.

    Every position in the script is a list of keys and indexes, such as `["stages", 0, "steps", 1, "for"]`.
    """
    try:
        shown = tree(text)
    except (EditError, ScriptError):
        shown = None
    timeline, problems = _plan(text, path, narrators)
    return {
        "text": text,
        "tree": shown,
        "problems": [_problem(each) for each in problems],
        "timeline": timeline and _timeline(timeline),
    }


def _plan(text: str, path: Path, narrators: NarratorKeeper) -> tuple[Timeline | None, tuple[Problem, ...]]:
    script: Script | None = None
    try:
        script = narrators.load(text, path)
        with narrators.open_builder(script) as builder:
            timeline = builder.with_all_warnings(builder.estimated_timeline())
        return timeline, timeline.warnings
    except ScriptError as error:
        return None, tuple(_in_script(each, script) for each in error.problems)
    except VoiceguideError as error:
        found = (
            script.problem_at(_path_of(error, tree(text)), str(error))
            if script
            else Problem(path.name, 1, 1, "", str(error))
        )
        return None, (found,)


def _in_script(problem: Problem, script: Script | None) -> Problem:
    """Move a problem found in a script's dictionary to the script's `words` key. Return others unchanged."""
    if script is None or problem.file == script.file:
        return problem
    shown = replace(problem, file=Path(problem.file).name)
    return script.problem_at("words", str(shown))


def _path_of(error: VoiceguideError, node: Any, loc: Loc = ()) -> str:
    """Return the path of the first text in a script that the error message begins by quoting, or an empty path."""
    if isinstance(node, dict | list):
        children = node.items() if isinstance(node, dict) else enumerate(node)
        return next(filter(None, (_path_of(error, child, (*loc, key)) for key, child in children)), "")
    text = " ".join(str(node).split())
    return format_loc(loc) if text and str(error).startswith(f'"{text}"') else ""


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": list(parse_loc(problem.path)),
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "severity": problem.severity,
    }


def _timeline(timeline: Timeline) -> dict[str, Any]:
    turns = {id(step): turn for step, turn in step_turns(timeline)}
    return {
        "total": timeline.duration_s,
        "estimated": timeline.estimated,
        "stages": [_stage(stage, turns) for stage in timeline.stages],
    }


def _stage(stage: TimedStage, turns: dict[int, int]) -> dict[str, Any]:
    return {
        "title": stage.title,
        "start": stage.start_s,
        "end": stage.end_s,
        "path": list(_stage_loc(parse_loc(stage.steps[0].yaml_path))),
        "steps": [_step(step, turns[id(step)]) for step in stage.steps],
    }


def _stage_loc(loc: Loc) -> Loc:
    return loc[: loc.index("steps")] if "steps" in loc else ()


def _step(step: TimedStep, turn: int) -> dict[str, Any]:
    return {
        "name": step.name,
        "start": step.start_s,
        "end": step.end_s,
        "speech": samples_to_seconds(step.speech_length),
        "path": list(parse_loc(step.yaml_path)),
        "turn": turn,
        "cues": [
            {"at": cue.start_s, "kind": cue.kind, "text": cue.text, "length": cue.duration_s} for cue in step.cues
        ],
    }


def step_turns(timeline: Timeline) -> Iterator[tuple[TimedStep, int]]:
    """Yield every step with the number of its earlier repetitions, for example 1 for the strokes on the second foot."""
    seen: dict[str, int] = {}
    for stage in timeline.stages:
        for step in stage.steps:
            yield step, seen.get(step.yaml_path, 0)
            seen[step.yaml_path] = seen.get(step.yaml_path, 0) + 1
