"""Simulated scans with complete truth."""
