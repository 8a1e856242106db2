"""Whether a dataset can be trained on: every file decoded, every box looked at, every pair of pictures compared across splits."""
