"""The service at a site: requests in, findings out, and nothing accepted is ever lost (docs/serving.md)."""
