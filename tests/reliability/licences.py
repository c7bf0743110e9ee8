"""The table of licences and the lock, from what is installed; `python -m tests.reliability.licences` writes both."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).absolute().parents[2]
TABLE, LOCK = ROOT / "docs" / "licences.md", ROOT / ".ci" / "requirements.lock"
HEAD = """\
# Third-party licences

This page lists the packages that are installed with voiceguide and their licences. voiceguide itself is under the MIT
licence. The table is generated from the packages' own metadata by `python -m tests.reliability.licences`. A test fails
when it is out of date.

voiceguide contains no code from other packages. ffmpeg and the speech models are part of the packages listed here.
voiceguide runs ffmpeg as a program and reads the models from their files, without modifying either.

"""
EXTRAS = ("", "piper", "play", "serve")
"""What a user may install; the tools of tests are in the lock only."""
KNOWN = {
    "mit license": "MIT",
    "apache software license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "bsd license": "BSD",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}

CARRIES = {
    "espeakng-loader": "; includes libespeak-ng, GPL-3.0-or-later",
    "imageio-ffmpeg": "; includes ffmpeg, GPL-3.0-or-later, run as a separate program",
    "soxr": "; includes libsoxr under the same licence",
}
"""What a package's metadata does not tell."""


def needed(name: str, extras: tuple[str, ...]) -> dict[str, set[str]]:
    """Every package that one needs with these extras, with the extras that brought it."""
    found: dict[str, set[str]] = {}
    for extra in extras:
        waiting: list[tuple[str, tuple[str, ...]]] = [(name, (extra,))]
        while waiting:
            package, chosen = waiting.pop()
            for text in metadata.requires(package) or []:
                wish = Requirement(text)
                if wish.marker and not any(wish.marker.evaluate({"extra": own}) for own in ("", *chosen)):
                    continue
                key = re.sub(r"[-_.]+", "-", wish.name).lower()
                if extra not in found.setdefault(key, set()):
                    found[key].add(extra)
                    waiting.append((key, tuple(sorted(wish.extras)) or ("",)))
    found.pop("voiceguide", None)
    return found


def licence(package: str) -> str:
    """The licence that a package states: its expression, else its classifier, else the first line of its field."""
    data = metadata.metadata(package)
    (stated,) = data.get_all("License-Expression") or [""]
    classifiers = [text.rpartition(" :: ")[2] for text in data.get_all("Classifier") or [] if "License ::" in text]
    field = (data.get_all("License") or [""])[0].strip().splitlines()
    found = stated or "; ".join(classifiers) or (field[0] if field else "not stated")
    return KNOWN.get(found.lower(), found).replace("|", "/") + CARRIES.get(package, "")


def table() -> str:
    """The page, without versions, so that an update changes it only where a licence changes."""
    rows = ["| package | licence | installed with |", "|---|---|---|"]
    for package, extras in sorted(needed("voiceguide", EXTRAS).items()):
        brings = "voiceguide" if "" in extras else ", ".join(f"`voiceguide[{extra}]`" for extra in sorted(extras))
        rows.append(f"| {package} | {licence(package)} | {brings} |")
    return HEAD + "\n".join(rows) + "\n"


def lock() -> str:
    """The versions that CI has tested, for `pip install --constraint`."""
    packages = needed("voiceguide", (*EXTRAS, "test", "check"))
    lines = [f"{package}=={metadata.version(package)}" for package in sorted(packages)]
    return "# What CI runs with; made by python -m tests.reliability.licences.\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    LOCK.write_text(lock(), encoding="utf-8")
