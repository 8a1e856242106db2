"""Scan formats: bytes in, Scan out."""
