"""docs/routines.md, made from the bundled scripts: what each is for, its stages with their times, its total.

To renew it after a change of a script: `python -m tests.docs.routines_page`.
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
# The bundled routines

Each is a complete script in [scripts](../scripts): build it by its name, or copy it and change what you like. Lengths
are estimates, good to a few seconds; `voiceguide plan NAME --exact` knows them to the sample. All are made for people
who are well and feel their feet; the cautions that each begins with say who should ask a doctor or podiatrist first.

This page is made from the scripts: `python -m tests.docs.routines_page`.
"""

FOR_WHOM = {
    "bedtime": "For anybody who goes to sleep afterwards.",
    "box-breathing": "No massage: it shows what else a script can time, to the second.",
    "deep-tissue": "For feet that like a firm hand.",
    "five-minutes": "For a pause between two pieces of work.",
    "foot-massage": "The one to begin with: the home routine with everything in it.",
    "foot-massage-partner": "The voice speaks to the one who gives.",
    "fussmassage": "The home routine, in German.",
    "masaje-de-pies": "The home routine, in Spanish.",
    "reflexology": "For patient thumbs. The names are those of places on the foot, nothing more.",
    "swedish": "For feet that want it soft.",
}
"""What no script says about itself."""


def planned(routine: Routine, overrides: Overrides | None = None) -> Timeline:
    """The timeline of a routine with estimated words: it needs no voice, and is the same on every machine."""
    phrases = load_phrases(routine.language, routine.phrases)
    return schedule(
        unroll_routine(routine, overrides or Overrides(), phrases), lambda line: estimate_speech_length(line), phrases
    )


def routines_page() -> str:
    """The whole page, Markdown."""
    return HEAD + "".join(_section(name, load_script(path).routine) for name, path in list_bundled_routines().items())


def _section(name: str, routine: Routine) -> str:
    timeline = planned(routine)
    rows = [f"| {stage.title} | {_clock(stage.start)} | {_clock(stage.length)} |" for stage in timeline.stages]
    return "\n".join(
        [
            f"\n## {routine.title}\n",
            f"`voiceguide build {name}` · {routine.language} · bed: {routine.bed.sound}\n",
            f"{routine.description} {FOR_WHOM[name]}\n",
            "| stage | starts | lasts |",
            "|---|---|---|",
            *rows,
            f"| **in all** | | **{_clock(timeline.total)}** |",
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
