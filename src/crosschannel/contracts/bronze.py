"""Bronze: what was delivered, as it was delivered."""

from crosschannel.contracts.column import column, key, partition, time
from crosschannel.contracts.table import DataClass, Table, Write


class RawEvents(
    Table,
    name="bronze.events",
    grain="one row per accepted record of a raw file",
    write=Write.APPEND_NEW,
    produced_by="ingest_events",
    read_by=("ingest_events", "conform_events"),
    data_class=DataClass.IDENTIFIER,
    retention_days=730,
):
    """Delivered records that passed every rule of their source, payload kept."""

    record_id = key("string", "hash of file_id and line_ordinal")
    source = partition("string", "name of the source that declares the record")
    channel = column("string", "channel of the source")
    file_id = column("string", "SHA-256 of the file's content")
    line_ordinal = column("bigint", "position of the record in its file, from 0")
    event_key = column("string", "hash of the source's key fields, or of the whole record", personal=False)
    event_ts = time("timestamp", "moment of the act, UTC")
    ingest_ts = time("timestamp", "moment the record was accepted, UTC")
    payload = column("string", "the record's fields as one JSON object", personal=True)


class Quarantine(
    Table,
    name="bronze.quarantine",
    grain="one row per refused record of a raw file",
    write=Write.APPEND_NEW,
    produced_by="ingest_events",
    read_by=("ingest_events",),
    data_class=DataClass.IDENTIFIER,
    retention_days=90,
):
    """Refused records with every reason, kept for repair and replay."""

    record_id = key("string", "hash of file_id and line_ordinal")
    source = partition("string", "name of the source that declares the record")
    file_id = column("string", "SHA-256 of the file's content")
    line_ordinal = column("bigint", "position of the record in its file, from 0")
    reasons = column("array<string>", "every rule the record broke, in the order of the rules")
    raw = column("string", "the record as it was read", nullable=True, personal=True)
    ingest_ts = time("timestamp", "moment the record was refused, UTC")
