"""The symbols that the kokoro model knows, and their IDs, as published in the model's config.json (Apache-2.0)."""

from __future__ import annotations

__all__ = ["MAX_TOKENS", "SYMBOL_IDS"]

MAX_TOKENS = 510
"""Most symbols in one call. The model has 512 positions, and adds one symbol at either end."""
_RUNS = (
    (1, ";:,.!?"), (9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'), (31, "O"), (33, "Q"), (35, "ST"), (39, "W"), (41, "Yᵊ"),
    (43, "abcdef"), (50, "hijklmnopqrstuvwxyzɑɐɒæ"), (75, "βɔɕç"), (80, "ɖðʤə"), (85, "ɚɛɜ"), (90, "ɟ"), (92, "ɡ"),
    (99, "ɥ"), (101, "ɨɪʝ"), (110, "ɯɰŋɳɲɴø"), (118, "ɸθœ"), (123, "ɹ"), (125, "ɾɻ"), (128, "ʁɽʂʃʈʧ"), (135, "ʊʋ"),
    (138, "ʌɣɤ"), (142, "χʎ"), (147, "ʒʔ"), (156, "ˈˌː"), (162, "ʰ"), (164, "ʲ"), (169, "↓"), (171, "→↗↘"), (177, "ᵻ"),
)  # fmt: skip
"""Symbols with consecutive IDs, and the first ID."""
SYMBOL_IDS = {symbol: first + offset for first, symbols in _RUNS for offset, symbol in enumerate(symbols)}
