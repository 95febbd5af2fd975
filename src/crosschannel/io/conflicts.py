"""What Delta says when two writers meet, in two kinds: worth another try as a whole, or not.

Its classes are told by their names: the ones a try can mend say that another commit came first, the
others that table or batch are no longer what this run took them for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crosschannel.errors import ConflictError, StorageError

AGAIN = ("ConcurrentAppendException", "ConcurrentDeleteReadException", "ConcurrentDeleteDeleteException", "ConcurrentWriteException")
NEVER = {
    "ConcurrentTransactionException": "another run committed this batch",
    "MetadataChangedException": "its columns or properties were changed meanwhile, or the lake was given to another run",
    "ProtocolChangedException": "its Delta protocol was changed meanwhile",
}


@contextmanager
def conflicts_named(table: str) -> Iterator[None]:
    """Turn Delta's conflicts into errors of ours.

    Raises
    ------
    ConflictError
        Another commit came first; the whole step may be tried again.
    StorageError
        Another run owns the batch or the table, so a further try could only do harm.
    """
    try:
        yield
    except Exception as error:
        name = type(error).__name__
        if name in AGAIN:
            raise ConflictError(f"{table}: another writer committed first; keep other writers away from the lake and run the same command again") from error
        if name in NEVER:
            raise StorageError(f"{table}: nothing was written, {NEVER[name]}; look at `crosschannel status` and run the same command again") from error
        raise
