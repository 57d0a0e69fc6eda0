"""Pages: the console."""
