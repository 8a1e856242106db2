"""What works through the jobs of a store: one child process with the model, and the parent that watches it."""
