"""The report: JSON, HTML and picture."""
