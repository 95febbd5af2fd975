"""A step that met another writer is tried again as a whole: read, compute, commit; a few times, then it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from crosschannel.errors import ConflictError
from crosschannel.runtime.context import JobContext

MAX_TRIES = 5
FIRST_PAUSE_SECONDS = 0.5


def tried(step: Callable[[], None], ctx: JobContext, pause: Callable[[float], None] = time.sleep) -> None:
    """Run a step until no other writer came between.

    Raises
    ------
    ConflictError
        Others wrote to the same tables during every try.
    """
    for number in range(1, MAX_TRIES + 1):
        try:
            return step()
        except ConflictError as error:
            if number == MAX_TRIES:
                raise
            ctx.log(f"{error.args[0].split(';')[0]}: the whole step runs again", tries=number)
            ctx.forget()
            pause(seconds_before(number + 1))
    raise AssertionError  # the last try returned or raised


def seconds_before(number: int) -> float:
    """Return the pause before a try: twice as long each time, and not the same for two processes."""
    return float(FIRST_PAUSE_SECONDS * 2 ** (number - 2) * (1 + os.getpid() % 100 / 100))
