"""Default configuration, scanner profiles and reference tables, as data."""
