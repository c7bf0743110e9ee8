"""`python -m voiceguide`."""

from voiceguide.cli.main import main

main()
