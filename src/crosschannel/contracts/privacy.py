"""Privacy: what people said about the use of their data, and what was done when they asked to be forgotten."""

from collections.abc import Iterable

from crosschannel.contracts.column import Column, ColumnSpec, column, key, stamp, time
from crosschannel.contracts.table import Check, DataClass, Shape, Table, Write, named

GRANTED, WITHDRAWN = "granted", "withdrawn"
ALL_CHANNELS = "all"  # channel of a statement that is about none in particular
PERMISSION = "may"


class Consents(
    Table,
    name="silver.consents",
    grain="one row per statement about consent that says something new, identifier, purpose and channel",
    write=Write.APPEND_NEW,
    produced_by="record_consents",
    read_by=("stitch_identities", "value_customers", "train_segments", "train_scores", "score_customers", "publish_segments", "plan_actions"),
    data_class=DataClass.RECORD,
    checks=(Check("status", is_in=(GRANTED, WITHDRAWN)),),
):
    """The ledger of consent, kept for good: which identifier said what, where and when.

    It names identifiers, not customers, so that a statement follows them through every merge and
    split; whose they are is decided when the data are used.
    """

    statement_id = key("string", "hash of event_id, node_key, purpose and channel")
    node_key = column("bigint", "identifier on the event; a statement holds for each of them")
    namespace = column("string", "namespace of the identifier")
    purpose = column("string", "what the data may be used for, as consent.yaml names it")
    channel = column("string", "channel the statement is about; all: every channel of the purpose")
    status = column("string", "granted or withdrawn")
    basis = column("string", "legal basis that consent.yaml gives for the statement")
    source = column("string", "source that delivered the statement")
    event_id = column("string", "event the statement was made with")
    event_ts = time("timestamp", "moment of the statement, UTC")


class Suppressions(
    Table,
    name="ops.suppressions",
    grain="one row per identifier of an erased person",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("ingest_events",),
    data_class=DataClass.RECORD,
):
    """What may not come in again after an erasure; a keyed hash of a pseudonym, which nothing else in the lake holds."""

    suppressed_hash = key("string", "HMAC-SHA-256 of the pseudonym, under the key of the pseudonyms")
    namespace = column("string", "namespace of the identifier")
    key_id = column("string", "which key: first digits of a keyed hash of a fixed text")
    erasure_id = column("string", "erasure that asked for it")
    suppressed_ts = stamp("timestamp", "when it was asked for, UTC")


class Erasures(
    Table,
    name="ops.erasures",
    grain="one row per erasure, and per later verification",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("runtime",),
    data_class=DataClass.RECORD,
    checks=(Check("state", is_in=("clean", "left")),),
):
    """Receipts: what was removed and what was looked at, without anything that names the person."""

    erasure_id = key("string", "random name of the request")
    action = column("string", "erase, or verify")
    state = column("string", "clean: nothing was found afterwards; left: something was")
    erased_ts = time("timestamp", "when it was done, UTC")
    erased_by = column("string", "account that did it")
    rows_deleted = column("map<string,bigint>", "rows deleted, by table", unit="rows")
    files_scanned = column("bigint", "files under the lake that were searched, byte by byte and decoded", unit="files")
    bytes_scanned = column("bigint", "their size", unit="bytes")
    places_left = column("array<string>", "files in which something was found, sorted")
    models = column("array<string>", "name and version of models whose training may have seen the person, sorted")
    release_number = column("bigint", "release shown when an erasure was done; none before it can be opened again", nullable=True)


class ConsentDecisions(Shape):
    """What holds for customers of whom any statement is known, and the statement that decides; passes between verbs."""

    customer_id = column("string", "customer the identifiers belong to")
    purpose = column("string", "what the data may be used for")
    channel = column("string", "channel; all for a purpose without channels")
    status = column("string", "granted or withdrawn")
    event_ts = column("timestamp", "moment of the deciding statement, UTC; of a grant said again and again, the first")
    source = column("string", "source of the deciding statement")
    basis = column("string", "its legal basis")
    namespace = column("string", "namespace of the identifier it was made with")


def permission_columns(pairs: Iterable[tuple[str, str]]) -> tuple[Column, ...]:
    """Return the columns of ``serving.customer_segments`` that say what a customer may be approached with.

    Parameters
    ----------
    pairs
        Purpose and channel.
    """
    meaning = "whether the customer may be approached for {} by {}; null in rows older than the column"
    return tuple(named(f"{PERMISSION}_{purpose}_{channel}", ColumnSpec("boolean", meaning.format(purpose, channel), nullable=True)) for purpose, channel in pairs)
