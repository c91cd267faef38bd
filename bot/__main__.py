"""`python -m bot` is `fortress`."""

from bot.cli import main

main()
