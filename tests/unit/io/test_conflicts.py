import pytest

from crosschannel.errors import ConflictError, StorageError
from crosschannel.io.conflicts import conflicts_named


def named(name: str) -> Exception:
    """An error as Delta's Python package raises it: a class of that name."""
    return type(name, (Exception,), {})("rows of ann@example.com")


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("ConcurrentAppendException", ConflictError, "another writer committed first"),
        ("ConcurrentDeleteDeleteException", ConflictError, "another writer committed first"),
        ("ConcurrentTransactionException", StorageError, "another run committed this batch"),
        ("MetadataChangedException", StorageError, "the lake was given to another run"),
    ],
)
def test_a_conflict_is_worth_another_try_or_not_and_quotes_no_row(name: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=f"silver.events: .*{said}") as found, conflicts_named("silver.events"):
        raise named(name)
    assert "ann@" not in str(found.value)


def test_any_other_error_stays_what_it_is() -> None:
    with pytest.raises(KeyError), conflicts_named("silver.events"):
        raise KeyError
