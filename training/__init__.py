"""Training, evaluation and export of detectors: the only place with torch and ultralytics."""
