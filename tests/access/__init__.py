"""Who may ask what, and who sees which rows."""
