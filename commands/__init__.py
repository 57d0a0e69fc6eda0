"""The commands of ``erikti``: a module for each, which ``cli.py`` imports when it is called."""
