"""Run `voiceguide play` on the null device until the first audible block, print the seconds to stderr, and exit.

The seconds are counted from the `time.time()` in the environment variable FIRST_SOUND_FROM.
"""

from __future__ import annotations

import os
import sys
import time

from voiceguide.cli.main import main
from voiceguide.player.transport import Player

_read_frames = Player.read_frames


def _read_frames_and_exit(player: Player, frames: int) -> object:
    block = _read_frames(player, frames)
    if block.any():
        sys.stderr.write(f"{time.time() - float(os.environ['FIRST_SOUND_FROM']):.3f}\n")
        sys.stderr.flush()
        os._exit(0)
    return block


if __name__ == "__main__":
    Player.read_frames = _read_frames_and_exit  # type: ignore[assignment,method-assign]
    sys.argv = ["voiceguide", "play", *sys.argv[1:], "--device", "null"]
    main()
