"""Configuration: what a site may choose."""
