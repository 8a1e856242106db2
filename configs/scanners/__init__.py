"""Scanner profiles, one YAML file each."""
