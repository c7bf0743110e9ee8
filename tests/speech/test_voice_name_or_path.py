"""Which voices are paths. A script from a stranger must not name any."""

from __future__ import annotations

import pytest

from voiceguide.speech.engines.registry import list_voices
from voiceguide.speech.engines.voice_name_or_path import is_path

PATHS = [
    "/voices/x.onnx", "/voices/x", "../x.onnx", "../x", "a/../x", "a/..", "..", ".", "./x", "a/./x", "~/x", "~anna/x",
    "x.onnx", "X.ONNX", " x.onnx ", "a/x.onnx", "a//x", "C:x", "c:\\voices\\x", "..\\x", "a\\..\\x", "\\\\server\\x",
    "http://host/x", "file:///x", " /voices/x", "a/ .. /x", "/dev/zero", "/proc/self/mem",
]  # fmt: skip
NAMES = [
    "heart", "en_US-joe-medium", "gmw/en-gb", "gmw/en-gb-x-rp", "com.apple.voice.compact.en-US.Samantha", "anna.v2",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Speech\\Voices\\Tokens\\TTS_MS_EN-US_ZIRA_11.0", "A...B", "Dr. Anna",
    "English (Great Britain)", "onnx", "x.onnx.de", "日本語", "Microsoft Zira Desktop - English (United States)",
]  # fmt: skip


@pytest.mark.parametrize("voice", PATHS)
def test_a_path(voice: str) -> None:
    assert is_path(voice)


@pytest.mark.parametrize("voice", NAMES)
def test_a_name(voice: str) -> None:
    assert not is_path(voice)


def test_no_installed_voice_is_a_path() -> None:
    voices, failures = list_voices()
    assert failures == {}
    assert len(voices) > 100
    assert [voice.full_name for voice in voices if is_path(voice.name)] == []
