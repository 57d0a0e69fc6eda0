"""The commands of ``erikti``: a module for each, imported when it is called."""
