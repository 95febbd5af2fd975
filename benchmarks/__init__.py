"""Measurements and demonstrations that are run on request: `make bench`, `make cluster-demo`."""
