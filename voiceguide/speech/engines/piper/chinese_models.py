"""The additional models of Chinese piper voices, which must be on this computer already.

piper downloads a missing g2pW model without asking. Its tokenizer looks for a newer version at huggingface.co each
time, and without a vocabulary it takes every character for an unknown one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from voiceguide.errors import SpeechError

__all__ = ["require_chinese_models"]

SWITCH = "HF_HUB_OFFLINE"
VOCABULARY = "vocab.txt"
DEFAULT_TOKENIZER = "bert-base-chinese"


def require_chinese_models(voice: str, folder: Path) -> None:
    """Keep piper from using the network for a Chinese voice whose g2pW model is in `folder`.

    Raises:
        SpeechError: if the model, its tokenizer or a package is missing.
    """
    os.environ[SWITCH] = "1"  # read once, when huggingface_hub is imported
    if not (folder / "g2pw.onnx").is_file():
        raise SpeechError(
            f"The piper voice {voice} needs the g2pW model, which is not in {folder}. "
            "Download the model and unpack it there."
        )
    tokenizer = _tokenizer(folder / "config.py")
    if Path(tokenizer).is_dir():
        if not (Path(tokenizer) / VOCABULARY).is_file():
            raise SpeechError(
                f"The piper voice {voice} needs {VOCABULARY} in {tokenizer}, the folder of its tokenizer."
            )
    elif not _is_downloaded(tokenizer, voice):
        raise SpeechError(
            f"The piper voice {voice} needs the tokenizer {tokenizer}, which is not on this computer. "
            f"Download it with: hf download {tokenizer}"
        )


def _tokenizer(config: Path) -> str:
    """Return what the configuration of a g2pW model names as its tokenizer: a name at huggingface.co, or a folder."""
    text = config.read_text("utf-8", "replace") if config.is_file() else ""
    found = re.search(r"""^model_source\s*=\s*["'](.+?)["']""", text, re.MULTILINE)
    return found[1] if found else DEFAULT_TOKENIZER


def _is_downloaded(tokenizer: str, voice: str) -> bool:
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError as error:
        raise SpeechError(
            f'The piper voice {voice} needs the packages for Chinese. Install them with: pip install "piper-tts[zh]"'
        ) from error
    return isinstance(try_to_load_from_cache(tokenizer, VOCABULARY), str)
