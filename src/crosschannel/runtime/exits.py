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

from crosschannel.errors import CrosschannelError, StorageError
from crosschannel.runtime.logs import emit, is_json, scrubbed

DEBUG = "CROSSCHANNEL_DEBUG"
DISK_FULL = "No space left on device"


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
    if DISK_FULL in str(error):
        return StorageError("the disk is full: free some room and run the same command again; what was committed is kept")
    return CrosschannelError(f"unexpected {type(error).__name__}; nothing half-done is visible to readers. Set {DEBUG}=1 for the trace")
