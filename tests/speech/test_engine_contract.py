"""The contract that every engine fulfils, built in or third-party. No engine is ever skipped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.support.faulty_engines import install
from tests.support.kokoro_model import write_kokoro_files
from tests.support.long_forms import few
from voiceguide.errors import SpeechError
from voiceguide.speech.clip_processing import check_clip_length, process_clip
from voiceguide.speech.engines import registry
from voiceguide.speech.engines.protocol import Engine, Speech
from voiceguide.speech.engines.registry import check_voice, create_engine

ENGINES = ("command", "hibari", "hum", "kokoro", "pico", "piper", "pyttsx3", "tone")
KOKORO_WEIGHTS = os.environ.get("VOICEGUIDE_KOKORO_WEIGHTS", "")
"""A folder with kokoro's real files, in `make soak`. Otherwise, the tests use a tiny model."""

PROGRAM = '''
"""A program that speaks: text on stdin, a WAV with one beep per word on stdout."""
import array, math, sys, wave
words = sys.stdin.buffer.read().decode("utf-8", "replace").split()
swell = [9000 * math.sin(math.pi * frame / 2400) ** 2 for frame in range(2400)]
samples = array.array("h")
for word in words:
    turn = 2 * math.pi * (200 + sum(map(ord, word)) % 500) / 8000
    samples.extend([int(loudness * math.sin(turn * frame)) for frame, loudness in enumerate(swell)])
with wave.open(sys.stdout.buffer, "wb") as file:
    file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
    file.writeframes(samples.tobytes())
'''

LINES = (
    "Sit down and breathe out.",
    "Warm the oil between your palms.",
    "Long strokes from the toes to the ankle.",
    "Circle around the ankle bone.",
    "Change direction.",
    "Halfway.",
    "Thirty seconds more.",
    "Now the other foot.",
)
PACED = slice(2, 4)
FAST = 1.6
HOSTILE = (
    "",
    " ",
    "\n\t",
    "...",
    "?!",
    "\u200b",
    "\x00",
    "Press\x00here",
    "\x01rate 400",
    "\ud800",
    "half \udfff surrogate",
    "😀",
    "你好",
    "Привет",
    "مرحبا",
    "café",
    "5" * 60,
    "1/2 - 3 %",
    "[[hello]]",
    "[qi](/tʃiː/)",
    '<break time="5s"/>',
    "& < > \" ' \\ | ; $(id) `id`",
    "-h",
    "--output=/tmp/x",
    "{text} {output}",
    "%s %n",
    "a" * 300,
    "word " * 85,
)


@dataclass(frozen=True)
class Contract:
    """An engine, the voice that is tested, and the configuration file of the command engine."""

    engine: Engine
    voice: str
    config: Path

    @cached_property
    def spoken(self) -> list[Speech]:
        """Each of the LINES."""
        return [self.say(line) for line in LINES]

    def say(self, text: str, pace: float = 1.0) -> Speech:
        return self.engine.synthesize(text, self.voice, pace, "en-US")


@pytest.fixture(scope="module", params=ENGINES)
def contract(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    folder = tmp_path_factory.mktemp("contract")
    (folder / "speak.py").write_text(PROGRAM)
    command = {"command": [sys.executable, "-I", "-S", str(folder / "speak.py")], "language": "en"}
    (folder / "config.yaml").write_text(yaml.safe_dump({"commands": {"beeper": command}}))
    install(
        folder,
        Path(__file__).parents[1] / "data" / "third_party_engine/hum_engine.py",
        "voiceguide-hum",
        {"hum": "hum_engine:HumEngine"},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CONFIG", str(folder / "config.yaml"))
        patch.setenv("VOICEGUIDE_KOKORO_FOLDER", KOKORO_WEIGHTS or str(write_kokoro_files(folder / "kokoro")))
        patch.syspath_prepend(folder)
        registry._entry_points.cache_clear()
        registry.cached_engine_voices.cache_clear()
        engine = create_engine(request.param)
        first = next(voice for voice in engine.voices() if voice.language[:2] in ("en", "mu"))
        yield Contract(engine, first.name, folder / "config.yaml")
        engine.close()
    registry._entry_points.cache_clear()
    registry.cached_engine_voices.cache_clear()


@pytest.fixture(autouse=True)
def configured(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores the configuration, because every test starts without one."""
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(contract.config))
    monkeypatch.setenv("VOICEGUIDE_KOKORO_FOLDER", KOKORO_WEIGHTS or str(contract.config.parent / "kokoro"))


def test_it_implements_the_protocol(contract: Contract) -> None:
    assert isinstance(contract.engine, Engine)
    assert contract.engine.name in ENGINES
    assert isinstance(contract.engine.parallel, bool)


def test_its_version_is_stable(contract: Contract) -> None:
    first = contract.engine.version()
    assert [contract.engine.version() for _ in range(20)] == [first] * 20
    assert create_engine(contract.engine.name).version() == first
    assert first


def test_its_voices_have_names_and_languages(contract: Contract) -> None:
    voices = contract.engine.voices()
    assert len({voice.full_name for voice in voices}) == len(voices) > 0
    for voice in voices:
        assert voice.engine == contract.engine.name
        assert voice.language.replace("-", "").isalnum()
        assert voice.gender in ("", "female", "male")
        assert voice.quality in ("", "natural", "robotic", "test")
        assert voice.installed or voice.note


def test_different_lines_give_different_clips(contract: Contract) -> None:
    clips = []
    for line, speech in zip(LINES, contract.spoken, strict=True):
        clip = process_clip(speech)
        check_clip_length(clip, line, 1.0)
        clips.append(clip.tobytes())
    assert len(set(clips)) == len(LINES)


def test_the_same_text_gives_the_same_bytes(contract: Contract) -> None:
    first = [speech.samples.tobytes() for speech in contract.spoken[PACED]]
    again = [contract.say(line).samples.tobytes() for line in reversed(LINES[PACED])]
    assert first == again[::-1]


def test_pace_scales_words_per_second(contract: Contract) -> None:
    normal = sum(process_clip(speech).size for speech in contract.spoken[PACED])
    for pace in (0.6, FAST):
        paced = sum(process_clip(contract.say(line, pace)).size for line in LINES[PACED])
        assert normal / paced == pytest.approx(pace, rel=0.1), pace


@pytest.mark.parametrize("pace", [0.01, 50.0])
def test_an_extreme_pace_is_an_error_or_works(contract: Contract, pace: float) -> None:
    if contract.engine.name in ("tone", "hum"):
        assert contract.say(LINES[0], pace).samples.size, "these engines work at any pace"
        return
    with pytest.raises(SpeechError, match=f"pace {pace:g}"):
        contract.say(LINES[0], pace)


@pytest.mark.parametrize("text", few(12, HOSTILE), ids=ascii)
def test_a_hostile_text_is_spoken_or_an_error(contract: Contract, text: str) -> None:
    speech, message = _synthesize_fast(contract, text)
    if speech is None:
        assert message.endswith(".")
        return
    assert np.isfinite(speech.samples).all()
    assert speech.samples.size


def _synthesize_fast(contract: Contract, text: str) -> tuple[Speech | None, str]:
    """Speak at a pace that takes natural voices less time."""
    try:
        return contract.say(text, FAST), ""
    except SpeechError as error:
        return None, str(error)


def test_an_unknown_voice_is_an_error_that_names_it(contract: Contract) -> None:
    if contract.engine.name == "tone":
        return
    with pytest.raises(SpeechError, match="no-such-voice"):
        contract.engine.synthesize("Hello there.", "no-such-voice", 1.0, "en-US")


def test_a_missing_voice_is_found_before_synthesis(contract: Contract) -> None:
    check_voice(f"{contract.engine.name}/{contract.voice}", "en-US")
    if contract.engine.name in ("tone", "hum"):
        assert not hasattr(contract.engine, "check_voice"), "it is optional"
        return
    with pytest.raises(SpeechError, match="no-such-voice"):
        check_voice(f"{contract.engine.name}/no-such-voice", "en-US")


def test_an_empty_voice_is_chosen_by_the_engine(contract: Contract) -> None:
    assert contract.engine.synthesize("Hello there.", "", 1.0, "en-US").samples.size


def test_it_may_be_closed_twice_and_before_any_use(contract: Contract) -> None:
    unused = create_engine(contract.engine.name)
    unused.close()
    unused.close()


def test_every_built_in_engine_is_tested(contract: Contract) -> None:
    built_in = {point.name for point in registry._entry_points().values() if point.value.startswith("voiceguide.")}
    assert built_in == set(ENGINES) - {"hum"}
