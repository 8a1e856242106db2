"""Scores to probabilities, thresholds with a promise, strength of evidence: a new version of a package."""
