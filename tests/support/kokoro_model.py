"""A tiny model with the inputs and outputs of kokoro's, and a table of voices, for tests without the real weights.

The model is real ONNX, and runs in onnxruntime. Each phoneme is a tone of 0.07 s at speed 1. Its pitch depends on the
phoneme's ID, and its level on the style. The file is written in protobuf's wire format by hand, because the package
onnx is not needed for anything else.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voiceguide.speech.engines.kokoro.model_files import MODEL, VOICES_TABLE
from voiceguide.speech.engines.kokoro.vocabulary import MAX_TOKENS
from voiceguide.speech.engines.kokoro.voice_names import VOICES

__all__ = ["FRAMES_PER_PHONEME", "write_kokoro_files"]

FRAMES_PER_PHONEME = 1680
_FLOAT, _INT64 = 1, 7
"""Element types in onnx.proto."""


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _node(operator: str, inputs: str, output: str, cast_to: int = 0) -> bytes:
    attribute = _field(5, _field(1, "to") + _field(3, cast_to) + _field(20, 2)) if cast_to else b""
    names = b"".join(_field(1, name) for name in inputs.split())
    return _field(1, names + _field(2, output) + _field(4, operator) + attribute)


def _constant(name: str, value: np.ndarray) -> bytes:
    kind = _FLOAT if value.dtype == np.float32 else _INT64
    dims = b"".join(_field(1, size) for size in value.shape)
    return _field(5, dims + _field(2, kind) + _field(8, name) + _field(9, value.tobytes()))


def _value(number: int, name: str, kind: int, *dims: int | str) -> bytes:
    shape = b"".join(_field(1, _field(1 if isinstance(dim, int) else 2, dim)) for dim in dims)
    return _field(number, _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape))))


def _graph() -> bytes:
    floats = {"length": FRAMES_PER_PHONEME, "pitch": 0.005, "pi": np.pi, "level": 0.2}
    return b"".join(
        (
            _node("Cast", "tokens", "ids", _FLOAT),
            _node("Reshape", "ids column", "rows"),
            _node("Div", "length speed", "exact"),
            _node("Cast", "exact", "whole", _INT64),
            _node("Reshape", "whole scalar", "count"),
            _node("Range", "zero count one", "frames"),
            _node("Cast", "frames", "time", _FLOAT),
            _node("Mul", "time pitch", "steps"),
            _node("Mul", "rows steps", "phases"),
            _node("Sin", "phases", "tones"),
            _node("Mul", "time pi", "turned"),
            _node("Div", "turned exact", "part"),
            _node("Sin", "part", "swell"),
            _node("Mul", "tones swell", "notes"),
            _node("ReduceMean", "style", "mean"),
            _node("Add", "mean level", "gain"),
            _node("Mul", "notes gain", "loud"),
            _node("Reshape", "loud flat", "audio"),
            _field(2, "kokoro"),
            *(_constant(name, np.array([value], np.float32)) for name, value in floats.items()),
            _constant("zero", np.array(0, np.int64)),
            _constant("one", np.array(1, np.int64)),
            _constant("column", np.array([-1, 1], np.int64)),
            _constant("flat", np.array([-1], np.int64)),
            _constant("scalar", np.array([], np.int64)),
            _value(11, "tokens", _INT64, 1, "sequence_length"),
            _value(11, "style", _FLOAT, 1, 256),
            _value(11, "speed", _FLOAT, 1),
            _value(12, "audio", _FLOAT, "audio_length"),
        )
    )


def write_kokoro_files(folder: Path) -> Path:
    """Write both files to a folder, and return it. The style of row n has the mean n/1000, plus 0.01 for each voice."""
    folder.mkdir(parents=True, exist_ok=True)
    model = _field(1, 8) + _field(7, _graph()) + _field(8, _field(1, "") + _field(2, 13))
    (folder / MODEL.name).write_bytes(model)
    rows = np.arange(MAX_TOKENS, dtype=np.float32).reshape(-1, 1, 1) / 1000
    styles = {name: rows + np.full((1, 1, 256), 0.01 * index, np.float32) for index, name in enumerate(VOICES)}
    with (folder / VOICES_TABLE.name).open("wb") as file:
        np.savez(file, allow_pickle=False, **styles)
    return folder
