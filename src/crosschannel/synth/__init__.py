"""Synthetic channel logs with known people, segments and propensities; see ``docs/generator.md``."""
