"""Maps over the scan: where the beam got through."""
