"""How a process ends when something went wrong: words on stderr and an exit code, never a stack trace by default.

A stack trace of Spark may quote rows; it is shown only with ``CROSSCHANNEL_DEBUG=1``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from crosschannel.errors import CrosschannelError, StorageError

DEBUG = "CROSSCHANNEL_DEBUG"
DISK_FULL = "No space left on device"


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turn any error of the block into one sentence on stderr and the exit code of its class."""
    try:
        yield
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        known = as_known(error)
        print(f"crosschannel: {known}", file=sys.stderr, flush=True)  # noqa: T201 - this is the program's last word
        raise SystemExit(known.exit_code) from None


def as_known(error: Exception) -> CrosschannelError:
    """Return the error itself if it was raised on purpose, else one that says what to do next."""
    if isinstance(error, CrosschannelError):
        return error
    if DISK_FULL in str(error):
        return StorageError("the disk is full: free some room and run the same command again; what was committed is kept")
    return CrosschannelError(f"unexpected {type(error).__name__}; nothing half-done is visible to readers. Set {DEBUG}=1 for the trace")
