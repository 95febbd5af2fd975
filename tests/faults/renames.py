"""Renames of another process, looked at and disturbed from outside with strace: a commit of Delta is one of the log file and one of its checksum."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RENAMES = "?rename,?renameat,?renameat2"  # one of them, by machine


@contextmanager
def watched(process: int, log: Path) -> Iterator[None]:
    """Write the renames of all threads of a process into ``log``."""
    with _strace("-f", "-p", str(process), "-o", str(log)):
        yield


@contextmanager
def disturbed(thread: int, log: Path, fault: str, at: int) -> Iterator[None]:
    """Let the ``at``-th rename of one thread meet a fault, such as ``error=EIO`` or ``signal=KILL``."""
    with _strace("-p", str(thread), "-o", str(log), "-e", f"inject={RENAMES}:{fault}:when={at}"):
        yield


def place(log: Path, name: str) -> tuple[int, int]:
    """Return the thread that renamed a file to a name, and which of its renames that was, counted from 1."""
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "rename" in line and "resumed>" not in line]
    (found,) = [line for line in lines if f'/{name}"' in line]
    thread = found.split()[0]
    return int(thread), [line for line in lines if line.split()[0] == thread].index(found) + 1


@contextmanager
def _strace(*options: str) -> Iterator[None]:
    process = subprocess.Popen(["strace", "-e", f"trace={RENAMES}", "-e", "signal=none", *options], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "attached" in said, said
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # it lets go and ends
        process.stderr.read()
        process.wait(60)
        process.stderr.close()
