"""Background work: one process of all does it, and its state is in the table of jobs."""
