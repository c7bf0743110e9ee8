"""The voices of kokoro for the languages that eSpeak can convert to phonemes, with the best voice of each first.

Japanese and Chinese voices are left out, because they need other programs to read their scripts. Of the English voices,
only those are included that their author rates C or better.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VOICES", "KokoroVoice"]


@dataclass(frozen=True)
class KokoroVoice:
    """A voice, as named by its author: the first letter is its language, and the second its gender."""

    name: str
    language: str
    """BCP 47."""

    @property
    def gender(self) -> str:
        return "female" if self.name[1] == "f" else "male"

    @property
    def espeak_voice(self) -> str:
        """The name of the eSpeak voice that reads the language. British English is its plain `en`."""
        return self.language.lower() if self.language in ("en-US", "pt-BR") else self.language[:2]


_NAMES = {
    "es-ES": ("ef_dora", "em_alex", "em_santa"),
    "fr-FR": ("ff_siwis",),
    "it-IT": ("if_sara", "im_nicola"),
    "pt-BR": ("pf_dora", "pm_alex", "pm_santa"),
    "hi-IN": ("hf_alpha", "hf_beta", "hm_omega", "hm_psi"),
    "en-US": (
        "af_heart",
        "af_bella",
        "af_nicole",
        "af_aoede",
        "af_kore",
        "af_sarah",
        "am_fenrir",
        "am_michael",
        "am_puck",
    ),
    "en-GB": ("bf_emma", "bf_isabella", "bm_fable", "bm_george"),
}
VOICES = {name: KokoroVoice(name, language) for language, names in _NAMES.items() for name in names}
