"""Finds objects and anomalies in the X-ray scan of a container and checks them against the manifest."""
