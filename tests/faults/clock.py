"""A clock that goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from crosschannel.io import clock


@contextmanager
def clock_moved(patch: pytest.MonkeyPatch, days: int) -> Iterator[None]:
    """Let everything that asks for the time get another one."""
    right = clock.utc_now

    def wrong() -> datetime:
        return right() + timedelta(days=days)

    with patch.context() as patched:
        for module in [m for name, m in sys.modules.items() if name.startswith("crosschannel") and m is not None]:
            for name in [n for n, value in vars(module).items() if value is right]:
                patched.setattr(module, name, wrong)
        yield
