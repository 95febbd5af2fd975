"""A user's project: YAML files, one strict model each."""
