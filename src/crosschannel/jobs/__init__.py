"""The composition root: one module per job, each a ``run(ctx, settings)`` and a ``JOB``."""
