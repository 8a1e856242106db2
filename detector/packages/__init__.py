"""Model packages, as data."""
