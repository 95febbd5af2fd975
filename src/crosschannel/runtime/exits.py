"""How a process ends when something went wrong: words on stderr and an exit code, never a stack trace by default.

A stack trace of Spark may quote rows; it is shown only with ``CROSSCHANNEL_DEBUG=1``.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crosschannel.errors import CrosschannelError, PreflightError, ResourceError, StorageError
from crosschannel.io.failures import DISK_FULL, words_of
from crosschannel.runtime.logs import emit, is_json, scrubbed

DEBUG = "CROSSCHANNEL_DEBUG"
AGAIN = "then `crosschannel resume`; what was committed is kept"
MORE = "give it more (CROSSCHANNEL_SPARK_CONF='spark.driver.memory=6g')"
LATER_DELTA = PreflightError(
    "a table was written by a later version of Delta, with features this one does not know: use the version of the suite that wrote it, or restore the table "
    "from a backup; `crosschannel doctor` shows what is installed"
)
FULL = StorageError("the disk is full: free some room and run the same command again; what was committed is kept")
# What libraries say, whatever class they say it with; their own words may quote rows and are not repeated.
SAID: dict[str, CrosschannelError] = {
    **dict.fromkeys(DISK_FULL, FULL),
    "java.lang.OutOfMemoryError": ResourceError(f"Spark ran out of memory: {MORE}, {AGAIN}"),
    "CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND": ResourceError(f"a worker was lost with what it had computed: see that workers are well, {AGAIN}"),
    "database is locked": ResourceError(f"another program holds the database of MLflow: close it, {AGAIN}"),
    "API request to": ResourceError(f"the MLflow server does not answer: see to it, or to MLFLOW_TRACKING_URI, {AGAIN}"),
    "DELTA_UNSUPPORTED_FEATURES_FOR_": LATER_DELTA,
    "DELTA_INVALID_PROTOCOL_VERSION": LATER_DELTA,
}
ENGINE_LOST = ("Py4JNetworkError", "ConnectionRefusedError", "ConnectionResetError")


@contextmanager
def ended_by_sigterm(at_once: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM (a scheduler's stop, a preemption) unwind the program, so that the ledger hears of it; exit code 143.

    Parameters
    ----------
    at_once
        What has to happen before anything is unwound.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, _: object) -> None:
        at_once()
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turn any error of the block into one sentence on stderr and the exit code of its class."""
    try:
        yield
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        known = as_known(error)
        if is_json():
            emit("ended", level="error", code=known.exit_code, error=type(error).__name__, message=str(known))
        else:
            print(f"crosschannel: {scrubbed(str(known))}", file=sys.stderr, flush=True)  # noqa: T201 - this is the program's last word
        raise SystemExit(known.exit_code) from None


def as_known(error: Exception) -> CrosschannelError:
    """Return the error itself if it was raised on purpose, else one that says what to do next."""
    if isinstance(error, CrosschannelError):
        return error
    said = words_of(error)
    for sign, known in SAID.items():
        if sign in said:
            return known
    if {type(error).__name__, said} & set(ENGINE_LOST):
        return ResourceError(f"Spark's process ended by itself or was ended, most often for want of memory: {MORE}, {AGAIN}")
    return CrosschannelError(f"unexpected {type(error).__name__}; nothing half-done is visible to readers. Set {DEBUG}=1 for the trace")
