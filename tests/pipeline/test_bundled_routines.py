"""What listeners can expect of every bundled routine, checked on its timelines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest
from click.testing import CliRunner

from tests.docs.routines_page import FOR_WHOM, PAGE, planned, routines_page
from voiceguide.cli.main import cli
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.loader import Script, load_script
from voiceguide.script.model.routine import Routine, Stage, StageGroup
from voiceguide.speech.phrases import load_phrases
from voiceguide.speech.text_normalization.number_words import cardinal_words
from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants
from voiceguide.timeline.model import TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE

MINUTES = {
    "bedtime": 20,
    "box-breathing": 6,
    "deep-tissue": 25,
    "five-minutes": 5,
    "foot-massage": 20,
    "foot-massage-partner": 20,
    "fussmassage": 15,
    "masaje-de-pies": 15,
    "reflexology": 30,
    "swedish": 25,
}
NAMES = sorted(MINUTES)
MASSAGES = sorted(set(NAMES) - {"box-breathing"})
DETAILS = ("full", "brief")
MAX_LINE_WORDS = 25

CAUTIONS = {
    "en": "diabetes|doctor or podiatrist|fever|blood clot|swollen|open wounds|burns|plantar warts|athlete's foot"
    "|varicose veins|fresh injuries|pregnant|blood thinners|bones|cancer|surgery|stop at any pain|if in doubt",
    "de": "diabetes|podologie|fieber|thrombose|geschwollen|offene wunden|verbrennungen|fußwarzen|fußpilz|krampfadern"
    "|frische verletzungen|schwanger|blutverdünner|knochen|krebs|operiert|bei schmerzen|im zweifel",
    "es": "diabetes|podólogo|fiebre|trombosis|hinchada|heridas abiertas|quemaduras|verrugas plantares|hongos|varices"
    "|lesiones recientes|embarazo|anticoagulantes|huesos|cáncer|operación|cualquier dolor|si dudas",
}
NO_SOAK = {"en": "soak", "de": "das fußbad weg", "es": "no hagas el baño"}
MATERIALS = {"en": "oil|lotion", "de": "öl|lotion", "es": "aceite|crema"}
TOWELS = {"en": "towel", "de": "handtücher", "es": "toallas"}
PROMISES = re.compile(
    r"\b(?:heal|cure|detox|toxin|immun|digest|circulation|heil|entgift|verdauung|durchblutung|cura|sana|toxina|digesti)",
    re.IGNORECASE,
)
ORGANS = re.compile(r"\b(?:liver|kidney|heart|lung|stomach|spleen|organ|energy|meridian|reflex point)", re.IGNORECASE)
WORD = re.compile(r"\w+(?:[-'’]\w+)*")


@cache
def script_of(name: str) -> Script:
    return load_script(list_bundled_routines()[name])


@cache
def timeline_of(name: str, detail: str = "full") -> Timeline:
    return planned(script_of(name).routine, Overrides(detail=detail))


@cache
def variants_of(name: str) -> dict[str | None, Timeline]:
    """Return the timelines of all variants. The one without a variant has no name."""
    routine = script_of(name).routine
    return {
        variant: planned(routine, merge_variants(Overrides(), [variant] if variant else [], routine))
        for variant in (None, *routine.variants)
    }


def spoken(part: Timeline | TimedStage) -> list[str]:
    steps = [step for stage in (part.stages if isinstance(part, Timeline) else [part]) for step in stage.steps]
    cues = [cue for step in steps for cue in step.cues if cue.kind == "say"]
    return [cue.text for cue in sorted(cues, key=lambda cue: cue.start)]


def steps_of(timeline: Timeline) -> list[TimedStep]:
    return [step for stage in timeline.stages for step in stage.steps]


def intro_of(name: str) -> TimedStage:
    return timeline_of(name).stages[0]


def test_every_bundled_routine_is_tested() -> None:
    assert sorted(list_bundled_routines()) == NAMES
    assert sorted(FOR_WHOM) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_no_problems(name: str) -> None:
    done = CliRunner().invoke(cli, ["check", "--strict", name])
    assert (done.exit_code, done.stdout) == (0, "No problems found.\n")


@pytest.mark.parametrize("name", NAMES)
def test_the_length_matches_the_description(name: str) -> None:
    routine = script_of(name).routine
    words = cardinal_words(MINUTES[name], load_phrases(routine.language).language)
    assert words in (routine.description or "").lower()
    assert timeline_of(name).total / SAMPLE_RATE == pytest.approx(MINUTES[name] * 60, rel=0.1)


@pytest.mark.parametrize("name", MASSAGES)
def test_both_feet_have_equal_length_to_the_sample(name: str) -> None:
    for variant, timeline in variants_of(name).items():
        by_path: dict[str, list[tuple[str, int]]] = {}
        for step in steps_of(timeline):
            if ".stages[" in step.yaml_path and ".steps[" in step.yaml_path:
                by_path.setdefault(step.yaml_path, []).append((step.name, step.length))
        assert by_path
        for first, *others in by_path.values():
            assert others == [first], variant


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_too_long_to_follow(name: str, detail: str) -> None:
    lines = [line for line in spoken(timeline_of(name, detail)) if not line.startswith(needs_prefix(name))]
    assert [line for line in lines if len(WORD.findall(line)) > MAX_LINE_WORDS] == []


def needs_prefix(name: str) -> str:
    """Return the beginning of the line with the needs. It has a list, which can be longer than other lines."""
    return load_phrases(script_of(name).routine.language).templates["needs"].partition("{")[0].strip()


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", NAMES)
def test_neighboring_lines_start_with_different_words(name: str, detail: str) -> None:
    lines = spoken(timeline_of(name, detail))
    first_words = [WORD.findall(line)[0].lower() for line in lines]
    assert [lines[n : n + 2] for n, (one, two) in enumerate(pairwise(first_words)) if one == two] == []


@pytest.mark.parametrize("name", NAMES)
def test_brief_has_less_text_and_the_same_timing(name: str) -> None:
    full, brief = timeline_of(name, "full"), timeline_of(name, "brief")
    assert brief.total == full.total
    full_length, brief_length = (sum(len(line) for line in spoken(each)) for each in (full, brief))
    assert brief_length < 0.9 * full_length


@pytest.mark.parametrize("name", NAMES)
def test_nearly_every_step_with_speech_has_a_brief_text(name: str) -> None:
    full, brief = steps_of(timeline_of(name, "full")), steps_of(timeline_of(name, "brief"))
    same = {
        one.name
        for one, two in zip(full, brief, strict=True)
        if one.speech_length and one.speech_length == two.speech_length
    }
    allowed = r"safety \d|needs|switch to .*|close|Ende|fin|counted breath"
    assert [name for name in sorted(same) if not re.fullmatch(allowed, name)] == []


@pytest.mark.parametrize("name", MASSAGES)
def test_the_precautions_are_spoken_before_the_massage(name: str) -> None:
    language = script_of(name).routine.language[:2]
    lines = [line.lower() for line in spoken(intro_of(name))]
    assert [caution for caution in CAUTIONS[language].split("|") if caution not in " ".join(lines)] == []
    diabetes = next(line for line in lines if "diabetes" in line)
    assert NO_SOAK[language] in diabetes


def test_deep_tissue_work_is_announced_as_not_for_sensitive_feet() -> None:
    assert spoken(intro_of("deep-tissue"))[0].startswith("Deep work is not for sensitive feet.")


@pytest.mark.parametrize("name", NAMES)
def test_the_opening_takes_less_than_a_minute(name: str) -> None:
    assert intro_of(name).length < 60 * SAMPLE_RATE


@pytest.mark.parametrize("name", sorted(set(MASSAGES) - {"five-minutes"}))
def test_the_needs_are_complete(name: str) -> None:
    routine = script_of(name).routine
    needs, language = " ".join(routine.needs).lower(), routine.language[:2]
    assert re.search(MATERIALS[language], needs)
    assert TOWELS[language] in needs
    if any("soak" in stage.tags for stage in routine.stages):
        assert re.search("basin|schüssel|palangana", needs)


@pytest.mark.parametrize("name", NAMES)
def test_variants_match_their_names(name: str) -> None:
    routine = script_of(name).routine
    totals = {variant: timeline.total for variant, timeline in variants_of(name).items()}
    assert totals["short"] < 0.85 * totals[None] < 0.85 * totals["long"]
    assert ("no-soak" in totals) == any("soak" in stage.tags for stage in routine.stages)
    for variant in routine.variants:
        assert variants_of(name)[variant].warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_there_is_room_for_the_bell_after_the_last_speech(name: str) -> None:
    for timeline in variants_of(name).values():
        last = steps_of(timeline)[-1]
        assert last.length - last.speech_length == 8 * SAMPLE_RATE
        assert last.cues[-1].kind == "chime"


@pytest.mark.parametrize("name", NAMES)
def test_routines_make_no_health_claims(name: str) -> None:
    routine = script_of(name).routine
    texts = [*spoken(timeline_of(name)), *spoken(timeline_of(name, "brief")), routine.title, routine.description or ""]
    assert [text for text in texts if PROMISES.search(text)] == []


def test_reflexology_names_only_places_on_the_foot() -> None:
    assert [line for line in spoken(timeline_of("reflexology")) if ORGANS.search(line)] == []
    titles = [stage.title for stage in timeline_of("reflexology").stages]
    assert [f"{place}, left foot" for place in ("Toes", "Ball", "Arch", "Heel")] == titles[3:7]


def test_the_partner_routine_suggests_questions_to_ask() -> None:
    questions = [line for line in spoken(timeline_of("foot-massage-partner")) if "?" in line and "sk:" in line]
    assert len(set(questions)) == 4


def test_breaths_are_counted_on_whole_seconds() -> None:
    counted = [step for step in steps_of(timeline_of("box-breathing")) if step.name.startswith("counted breath")]
    assert len(counted) == 6
    for step in counted:
        assert [cue.start - step.start for cue in step.cues] == [second * SAMPLE_RATE for second in range(16)]
    assert {later.start - earlier.start for earlier, later in pairwise(counted)} == {16 * SAMPLE_RATE}


def stages_in(part: Routine | StageGroup) -> Iterator[Stage]:
    for child in part.stages:
        yield from [child] if isinstance(child, Stage) else stages_in(child)


@pytest.mark.parametrize("name", NAMES)
def test_every_stage_has_a_tag_and_every_step_has_a_name(name: str) -> None:
    stages = list(stages_in(script_of(name).routine))
    assert [stage.stage for stage in stages if not stage.tags] == []
    assert [step.say for stage in stages for step in stage.steps if not step.step] == []


def test_the_page_of_routines_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == routines_page(), "Update it: python -m tests.docs.routines_page"


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_lists_the_routine_with_its_length(name: str) -> None:
    rows = [line for line in (PAGE.parent.parent / "README.md").read_text("utf-8").splitlines() if f"`{name}`" in line]
    assert any(f"| {MINUTES[name]} |" in row for row in rows)
