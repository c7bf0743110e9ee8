"""Generate docs/routines.md from the bundled scripts: purpose, stages with their times, total and variants of each.

After changing a script, run `python -m tests.docs.routines_page`.
"""

from __future__ import annotations

from pathlib import Path

from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.loader import load_script
from voiceguide.script.model.routine import Routine
from voiceguide.speech.phrases import load_phrases
from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import SAMPLE_RATE

PAGE = Path(__file__).parents[2] / "docs" / "routines.md"

HEAD = """\
# Bundled routines

Each routine is a complete script in [scripts](../scripts). Build it by name, or copy it and change it as you like.
The times below are estimates, accurate to a few seconds. `voiceguide plan NAME --exact` shows the exact times.

All routines are meant for people who are in good health and have normal feeling in their feet. Each one begins with
precautions that say who should ask a doctor or podiatrist first.

Every routine has a background of nature sounds or low tones. For music, add `--bed pads`, or choose it on the phone
page or in the studio. [Backgrounds](beds.md) describes all of them. No massage plays a stream, because running water
makes some people need the toilet.

This page is generated from the scripts by `python -m tests.docs.routines_page`.
"""

FOR_WHOM = {
    "bedtime": "Play it when you are ready to sleep.",
    "box-breathing": "Not a massage, but an example of what else a script can time to the second.",
    "deep-tissue": "For feet that like firm pressure.",
    "five-minutes": "For a short break at work.",
    "foot-massage": "Start with this one: the complete home routine.",
    "foot-massage-partner": "The voice speaks to the person who gives the massage.",
    "fussmassage": "The home routine, in German.",
    "masaje-de-pies": "The home routine, in Spanish.",
    "reflexology": "For patient thumbs. The names only identify places on the foot.",
    "swedish": "For feet that prefer light pressure.",
}
"""What to choose each routine for, which the scripts do not say."""

WHY_THIS_BED = {
    "bedtime": "low, slow tones with nothing to wait for",
    "box-breathing": "even, so that nothing competes with the counts",
    "deep-tissue": "deep and even, so that it hides the noise of the room",
    "five-minutes": "hides the voices and keyboards of an office",
    "foot-massage": "steady, and nearly everyone likes it",
    "foot-massage-partner": "steady, so that two people can talk over it",
    "fussmassage": "steady, and nearly everyone likes it",
    "masaje-de-pies": "slow waves suit long strokes",
    "reflexology": "a wave lasts about as long as a press",
    "swedish": "slow waves suit long strokes",
}
"""Why each routine has its background."""


def planned(routine: Routine, overrides: Overrides | None = None) -> Timeline:
    """Return the timeline of a routine with estimated speech lengths, which are the same on every machine."""
    phrases = load_phrases(routine.language, routine.phrases)
    return schedule(
        unroll_routine(routine, overrides or Overrides(), phrases), lambda line: estimate_speech_length(line), phrases
    )


def routines_page() -> str:
    """Return the whole page as Markdown."""
    return HEAD + "".join(_section(name, load_script(path).routine) for name, path in list_bundled_routines().items())


def _section(name: str, routine: Routine) -> str:
    timeline = planned(routine)
    rows = [f"| {stage.title} | {_clock(stage.start)} | {_clock(stage.length)} |" for stage in timeline.stages]
    return "\n".join(
        [
            f"\n## {routine.title}\n",
            f"`voiceguide build {name}` · {routine.language} · bed: {routine.bed.sound} ({WHY_THIS_BED[name]})\n",
            f"{routine.description} {FOR_WHOM[name]}\n",
            "| stage | start | length |",
            "|---|---|---|",
            *rows,
            f"| **total** | | **{_clock(timeline.total)}** |",
            f"\n{_variants(routine)}\n",
        ]
    )


def _variants(routine: Routine) -> str:
    totals = [
        f"`--variant {name}` {_clock(planned(routine, merge_variants(Overrides(), [name], routine)).total)}"
        for name in routine.variants
    ]
    return f"Variants: {', '.join(totals)}."


def _clock(samples: int) -> str:
    minutes, seconds = divmod(int(samples / SAMPLE_RATE + 0.5), 60)
    return f"{minutes}:{seconds:02}"


if __name__ == "__main__":
    PAGE.write_text(routines_page(), "utf-8")
