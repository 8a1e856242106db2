"""Datasets: real ones imported, simulated ones made. No torch here."""
