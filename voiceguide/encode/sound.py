"""What this room is handed: see `voiceguide.sound.mixed`."""

from voiceguide.sound.mixed import Blocks, Mixed, Stretch

__all__ = ["Blocks", "Mixed", "Stretch"]
