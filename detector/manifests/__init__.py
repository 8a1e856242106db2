"""Manifest formats: bytes in, ManifestFile out."""
