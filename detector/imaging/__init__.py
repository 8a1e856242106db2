"""Pixels: open beam, encoding for the network."""
