"""The folder for user data that persists between runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["state_folder"]


def state_folder() -> Path:
    """Return VOICEGUIDE_STATE, or the user's default state folder."""
    import platformdirs

    folder = os.environ.get("VOICEGUIDE_STATE")
    return Path(folder) if folder else Path(platformdirs.user_state_dir("voiceguide"))
