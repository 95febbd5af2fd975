"""From arguments to exit code: context, order of jobs, audit rows, locks."""
