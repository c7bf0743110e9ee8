"""The license page and the lock file. `python -m tests.reliability.licenses` generates both."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).absolute().parents[2]
TABLE, LOCK = ROOT / "docs" / "licenses.md", ROOT / ".ci" / "requirements.lock"
HEAD = """\
# Third-party licenses

voiceguide is released under the MIT license. This page lists the packages that are installed with it, and their
licenses. `python -m tests.reliability.licenses` generates the page from the metadata of the packages, and a test fails
if it is out of date. voiceguide contains no code from other packages. ffmpeg and the speech models are part of the
packages listed here and are used unmodified.

"""
EXTRAS = ("", "catalogue", "otio", "piper", "play", "serve")
"""The extras that users can install. Test tools are only in the lock file."""
SPDX_NAMES = {
    "mit license": "MIT",
    "apache software license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "bsd license": "BSD",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
UNSTATED_LICENSES = {"py-nanotts": "Apache-2.0"}
"""Packages that contain their license, but do not name it in their metadata."""
CONTENTS = {
    "espeakng-loader": "; contains libespeak-ng, GPL-3.0-or-later",
    "imageio-ffmpeg": "; contains ffmpeg, GPL-3.0-or-later, which runs as a separate program",
    "py-nanotts": "; contains SVOX Pico and its voices, under the same license",
    "soxr": "; contains libsoxr, under the same license",
}
"""Facts that are missing from the metadata of packages."""
ELSEWHERE = {
    "audioop-lts": ("PSF-2.0", "Python 3.13 or newer"),
    "coloredlogs": ("MIT", "Python 3.10"),
    "comtypes": ("MIT", "Windows"),
    "exceptiongroup": ("MIT", "Python 3.10"),
    "humanfriendly": ("MIT", "Python 3.10"),
    "mpmath": ("BSD-3-Clause", "Python 3.10"),
    "pyobjc": ("MIT, like all pyobjc packages that it installs", "macOS"),
    "pypiwin32": ("PSF-2.0, like pywin32, which it installs", "Windows"),
    "pyreadline3": ("BSD", "Windows with Python 3.10"),
    "sympy": ("BSD", "Python 3.10"),
}
"""What is installed in addition on systems other than Linux and for versions of Python other than 3.11."""


def required_packages(name: str, extras: tuple[str, ...]) -> dict[str, set[str]]:
    """Return every package that another one requires with these extras, and the extras that require it."""
    required: dict[str, set[str]] = {}
    for extra in extras:
        pending: list[tuple[str, tuple[str, ...]]] = [(name, (extra,))]
        while pending:
            package, package_extras = pending.pop()
            for text in metadata.requires(package) or []:
                requirement = Requirement(text)
                marker = requirement.marker
                if marker and not any(marker.evaluate({"extra": each}) for each in ("", *package_extras)):
                    continue
                key = re.sub(r"[-_.]+", "-", requirement.name).lower()
                if extra not in required.setdefault(key, set()):
                    required[key].add(extra)
                    pending.append((key, tuple(sorted(requirement.extras)) or ("",)))
    required.pop("voiceguide", None)
    return required


def license(package: str) -> str:
    """Return the license of a package: its SPDX expression, its classifiers, or the first line of its license field."""
    data = metadata.metadata(package)
    (expression,) = data.get_all("License-Expression") or [""]
    classifiers = [text.rpartition(" :: ")[2] for text in data.get_all("Classifier") or [] if "License ::" in text]
    field = (data.get_all("License") or [""])[0].strip().splitlines()
    name = expression or "; ".join(classifiers) or (field[0] if field else UNSTATED_LICENSES.get(package, "not stated"))
    return SPDX_NAMES.get(name.lower(), name).replace("|", "/") + CONTENTS.get(package, "")


def table() -> str:
    """Return the page. It has no versions, so an update changes it only if a license changes."""
    rows = ["| package | license | installed with |", "|---|---|---|"]
    for package, extras in sorted(required_packages("voiceguide", EXTRAS).items()):
        origin = "voiceguide" if "" in extras else ", ".join(f"`voiceguide[{extra}]`" for extra in sorted(extras))
        rows.append(f"| {package} | {license(package)} | {origin} |")
    rows += ["", "Some systems and versions of Python need more packages.", ""]
    rows += ["| package | license | installed on |", "|---|---|---|"]
    rows += [f"| {package} | {license} | {where} |" for package, (license, where) in ELSEWHERE.items()]
    return HEAD + "\n".join(rows) + "\n"


def lock() -> str:
    """Return the versions that CI tests, for `pip install --constraint`."""
    packages = required_packages("voiceguide", (*EXTRAS, "test", "check"))
    lines = [f"{package}=={metadata.version(package)}" for package in sorted(packages)]
    return (
        "# The versions that CI tests. Generated by python -m tests.reliability.licenses.\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    LOCK.write_text(lock(), encoding="utf-8")
