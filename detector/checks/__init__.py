"""Checks: values in, findings out."""
