"""The fault matrix: what may go wrong, how it is brought about, and what must hold afterwards.

One row a fault. The tests that prove a row carry ``@pytest.mark.fault(NUMBER)``; ``make faults`` runs
them all and writes what became of each row into the register (``docs/faults.json``, ``docs/faults.md``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One row: a fault, the procedure that brings it about, and the oracle that judges the end."""

    number: int
    name: str
    procedure: str
    oracle: str


SAME = "rows equal an undisturbed run; a second run does nothing"

FAULTS = (
    Fault(1, "killed before a commit", "ended before each durable step of a run, one after the other", f"{SAME}; files nobody names go with the clean-up"),
    Fault(2, "killed after a commit, before the ledger", "ended between the commit of each table and its entry in the ledger", f"{SAME}; no row twice"),
    Fault(3, "killed between the tables of one run", "ended between the commits of one job", "readers see the release before; then " + SAME),
    Fault(4, "killed around the pointer of a release", "ended before and after the commit of the pointer", "the old release or the new one, never a mixture"),
    Fault(5, "killed at each rename of a commit", "strace kills the process at the rename of log file and checksum", "the table is readable, the next write succeeds"),
    Fault(6, "Python killed, JVM at work", "SIGKILL to Python alone in the middle of a merge", "the lock is held until the JVM is gone; the late commit adds nothing"),
    Fault(7, "driver out of memory", "the heap is filled in the middle of a run", f"exit 75 with words; resumed, {SAME}"),
    Fault(8, "executor killed in the middle of a job", "kill -9 on a standalone cluster with two workers", "the same rows, and Spark tells of failed tasks"),
    Fault(9, "worker killed, master restarted", "kill -9 by id in the middle of a run on the cluster", f"it ends, or fails and is resumed; {SAME}"),
    Fault(10, "told to stop", "SIGTERM in the middle of a step", "exit 143, ledger says interrupted, the lock is free, resume ends as one run"),
    Fault(11, "two runs at once", "two processes on one lake; a lake held by another process", "the second ends with exit 12; " + SAME),
    Fault(12, "two writers of one table", "another commit comes while a step computes", "the step runs again, a few times; both commits are in the table"),
    Fault(13, "disk full", "a lake, and Spark's scratch space, on a small mount", f"exit 14, the lake is readable, own left-overs are removed; with room, {SAME}"),
    Fault(14, "a rename fails", "strace lets the rename of the log file fail with EIO and ENOSPC", "the commit is there whole, or an error; never a false success"),
    Fault(15, "last log file torn or empty", "cut, emptied, removed", "doctor names file and remedy and changes nothing; a run refuses"),
    Fault(16, "empty file of offsets in a checkpoint", "emptied", "the run refuses and says what to do; then every record once"),
    Fault(17, "checkpoint without its metadata", "removed, cut short", "the same"),
    Fault(18, "checkpoint deleted", "removed", "everything is read again, and all of it is known"),
    Fault(19, "file with an old date, or edited in place", "dated back, appended to, edited, renamed", "every record once; the edit is named"),
    Fault(20, "MLflow run left half written", "ended before each call to MLflow", "runs are closed as killed; one version in the registry; aliases as in an undisturbed run"),
    Fault(21, "MLflow locked or not there", "its database held by another process; a port nobody listens on", "exit 75 with words, in time; nothing is lost, resume ends as one run"),
    Fault(22, "poison record or file", "the corpus of docs/bad-input.md", "the run ends, quarantine is exact, every record is in one place"),
    Fault(23, "hot key", "one device in 30 % of the sightings", "less than three times the time of even ones; the shared device is told and joins nobody"),
    Fault(24, "clock jumps, other time zone", "the clock a day ahead, then a day back, on a machine in another zone", "the same rows: they depend on the dates in the data"),
    Fault(25, "little memory", "a driver of 1 GB whose sorts spill to disk every 50 rows", "the same rows"),
    Fault(26, "clean-up during a read", "tables are replaced and cleaned while a frame of the old version is read", "the reader ends with the rows it began with; retention is longer than a run"),
    Fault(27, "key missing, wrong or rotated", "no key, a short one, two places, another key", "refused before anything is written"),
    Fault(28, "other versions, newer table feature", "other packages, other Java, a table of a later Delta", "refused with exit 15 and the remedy"),
    Fault(29, "injection through settings", "SQL, paths and YAML tricks in every text of every file", "refused at load"),
    Fault(30, "secrets and personal data", "canaries in the raw files, searched for in every byte", "found in tables for identifiers only; none after an erasure"),
)
BY_NUMBER = {fault.number: fault for fault in FAULTS}
