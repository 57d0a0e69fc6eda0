"""The commands of ``erikti``: one module each, imported when the command is called."""
