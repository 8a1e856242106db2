"""Brings detections, maps and manifest together per container."""
