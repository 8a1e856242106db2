"""X-ray physics: spectra and attenuation."""
