"""One writer per lake, and a number for each: a late commit of one that lost the lake is refused.

On a local folder the JVM, which is what commits, holds a file lock; the kernel frees it when the JVM
ends, however it ends. Elsewhere there is no such lock: there the signs of life in the ledger count, a
holder that was silent for ``LEASE_SECONDS`` has lost the lake, and the next one fences every table.
A fence changes the table's metadata, which no commit that began before it survives; and before each
commit a holder looks whether somebody has a higher epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Event, Thread
from time import monotonic
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.sql import SparkSession

from crosschannel.contracts.ledger import FAILED, INTERRUPTED, SUCCEEDED
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import LockedError, StorageError
from crosschannel.io.clock import utc_now
from crosschannel.io.delta_log import hadoop_path
from crosschannel.io.lake import Lake
from crosschannel.io.upkeep import set_epoch
from crosschannel.runtime.audit import code_hash
from crosschannel.runtime.ledger import Entry, Holder, Ledger, Request

LOCK_FILE = ".lock"
BEAT_SECONDS = 10.0
LEASE_SECONDS = 120.0  # longer than any pause of a healthy process; clocks of machines may differ by less


@contextmanager
def lake_lock(spark: SparkSession, root: str, request: Request | None = None) -> Iterator[Holder]:
    """Hold the lake's lock, and enter this process into the ledger.

    Raises
    ------
    LockedError
        Another process holds it.
    """
    folder, fs = hadoop_path(spark, root)
    fs.mkdirs(folder)
    is_local = fs.getUri().getScheme() == "file"
    ledger = Ledger(spark, root)
    with _kernel_lock(spark, folder, ledger, root) if is_local else nullcontext():
        holder = take(ledger, root, request or Request("decide"), by_lease=not is_local)
        with signs_of_life(holder):
            yield from _closed(holder)


def take(ledger: Ledger, root: str, request: Request, *, by_lease: bool) -> Holder:
    """Claim the next epoch.

    Parameters
    ----------
    by_lease
        No lock of the system proves that the holder before is gone: count on its signs of life, and
        fence the tables against it if it went without a word.
    """
    before = ledger.newest()
    is_open = before is not None and before.closing is None
    if before is not None and is_open and by_lease and before.silence(utc_now()) < LEASE_SECONDS:
        raise LockedError(_held(root, before))
    epoch = before.epoch + 1 if before else 1
    if not ledger.claim(epoch, request, code_hash()):
        raise LockedError(_held(root, ledger.entry(epoch)))
    if is_open and by_lease:
        fence(Lake(ledger.spark, root), epoch)
    return Holder(ledger, epoch, request)


def fence(lake: Lake, epoch: int) -> None:
    """Make every commit fail that began before now: it finds the metadata of its table changed."""
    for contract in CONTRACTS.values():
        if lake.exists(contract):
            set_epoch(lake.spark, lake.path(contract), epoch)


@contextmanager
def signs_of_life(holder: Holder, every: float = BEAT_SECONDS) -> Iterator[None]:
    """Give a sign of life every few seconds, in a thread."""
    stop = Event()

    def beat() -> None:
        while not stop.wait(every):
            try:
                holder.beat()
                holder.seen = monotonic()
            except Py4JError as error:  # told before the next commit, once it has lasted
                holder.missed = type(error).__name__

    thread = Thread(target=beat, name="signs of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def guard(holder: Holder) -> None:
    """Refuse to go on if another process has the lake now.

    Raises
    ------
    LockedError
        This process was silent for too long, and the lake was given to the next one.
    """
    if holder.ledger.has(holder.epoch + 1):
        taken = holder.ledger.entry(holder.epoch + 1)
        raise LockedError(
            f"this run lost the lake to process {taken.pid} on {taken.host} and commits nothing more; look at `crosschannel status`, "
            "then `crosschannel resume`"
        )
    if monotonic() - holder.seen > LEASE_SECONDS:
        raise StorageError(f"no sign of life could be written for {LEASE_SECONDS:.0f} s ({holder.missed}); mend the storage, then `crosschannel resume`")


def _closed(holder: Holder) -> Iterator[Holder]:
    try:
        yield holder
    except Exception as error:
        _close(holder, FAILED, type(error).__name__)
        raise
    except BaseException as error:
        _close(holder, INTERRUPTED, type(error).__name__)
        raise
    _close(holder, SUCCEEDED, None)


def _close(holder: Holder, state: str, error: str | None) -> None:
    try:
        holder.close(state, error)
    except (Py4JError, ConnectionError):
        if error is None:
            raise
        # The JVM is gone, or the disk is full: the error at work says so, and the next run books this one.


def _held(root: str, entry: Entry | None) -> str:
    who = f" (process {entry.pid} on {entry.host}, since {entry.started:%Y-%m-%d %H:%M} UTC)" if entry else ""
    return f"another run is writing to {root}{who}; wait for it, or look at `crosschannel status --lake {root}`"


@contextmanager
def _kernel_lock(spark: SparkSession, folder: Any, ledger: Ledger, root: str) -> Iterator[None]:
    jvm: Any = spark._jvm
    file = jvm.java.io.RandomAccessFile(f"{folder.toUri().getPath()}/{LOCK_FILE}", "rw")
    try:
        if not _is_locked(file):
            raise LockedError(_held(root, ledger.newest()))
        yield
    finally:
        file.close()


def _is_locked(file: Any) -> bool:
    try:
        return file.getChannel().tryLock() is not None
    except Py4JJavaError as error:
        # The same JVM holds it already: a second runner in this process.
        if "OverlappingFileLockException" in str(error):
            return False
        raise
