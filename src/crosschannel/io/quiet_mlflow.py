"""What MLflow is told before it is used: nothing is sent home, nothing that could run code is loaded, and little is said."""

from __future__ import annotations

import logging
import os

QUIET_ENV = {
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",  # half a minute; MLflow's own seven take four minutes to say that nobody answers
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}
LEVELS = {
    "mlflow": logging.WARNING,
    "alembic": logging.WARNING,
    "mlflow.store.db.utils": logging.CRITICAL,  # prints a page of trace, with values, of an error that is told in words
}


def quiet_mlflow() -> None:
    """Set what is not set yet in the environment, and the levels of the logs; MLflow sets its own when imported, so call it again."""
    for name, value in QUIET_ENV.items():
        os.environ.setdefault(name, value)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
