"""``python -m erikti``: the command line."""

from erikti.commands.main import main

main()
