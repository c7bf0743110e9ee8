"""The entry point of `voiceguide` and of `python -m voiceguide`."""

from __future__ import annotations

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line."""
    # Until it is loaded, there is nothing to clean up. Ctrl-C ends the process, without a traceback of the imports.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from voiceguide.cli.main import main

    main()


if __name__ == "__main__":
    main()
