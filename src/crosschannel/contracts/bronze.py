"""Bronze: what was delivered, as it was delivered."""

from crosschannel.contracts.column import column, key, partition, stamp, time
from crosschannel.contracts.table import Check, DataClass, Shape, Table, Write


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
    file_id = column("string", "SHA-256 of the file's content; for a message kafka:topic@topic id/partition")
    line_ordinal = column("bigint", "position of the record in its file, from 0; the offset of a message")
    event_key = column("string", "hash of the source's key fields, or of the whole record", personal=False)
    event_ts = time("timestamp", "moment of the act, UTC")
    ingest_ts = stamp("timestamp", "moment the record was accepted, UTC")
    payload = column("string", "the record's fields as one JSON object", personal=True)
    extras = column("map<string,string>", "what the record holds beyond its contract; null where that is nothing", nullable=True, personal=True)
    content_hash = column("bigint", "hash of payload and extras: tells a copy from a contradiction", nullable=True)


class Quarantine(
    Table,
    name="bronze.quarantine",
    grain="one row per refused record of a raw file",
    write=Write.MERGE,
    produced_by="ingest_events",
    read_by=("ingest_events",),
    data_class=DataClass.IDENTIFIER,
    retention_days=90,
    checks=(Check("state", is_in=("open", "replayed", "duplicate")),),
):
    """Refused records with every reason, kept for repair and replay."""

    record_id = key("string", "hash of file_id and line_ordinal")
    source = partition("string", "name of the source that declares the record")
    file_id = column("string", "SHA-256 of the file's content; for a message kafka:topic@topic id/partition")
    line_ordinal = column("bigint", "position of the record in its file, from 0; the offset of a message")
    reasons = column("array<string>", "every rule the record broke, in the order of the rules")
    raw = column("string", "the record as it was read", nullable=True, personal=True)
    ingest_ts = stamp("timestamp", "moment the record was refused, UTC")
    header = column("string", "first line of its CSV file, without which it cannot be read again", nullable=True, personal=True)
    state = column("string", "open; replayed into bronze.events; or found to be a duplicate there", nullable=True)
    arrived_ts = time("timestamp", "when its file was changed last, or its message was sent, UTC", nullable=True)


class RawLines(Shape):
    """Lines of text files as they lie there, blank ones and headers included."""

    file_no = column("int", "number of the file in this delivery, in the order of file_id")
    block_start = column("bigint", "first byte of the part of the file the line was read with", unit="bytes")
    scan_position = column("bigint", "rises with the line's position within its block, without gaps")
    line = column("string", "the line without its end", personal=True)
    is_record = column("boolean", "false for blank lines and a CSV file's header")
    is_cut = column("boolean", "true for a line too long to be read: only its head is here")
    arrived_ts = column("timestamp", "when its file was changed last, or its message was sent, UTC", nullable=True)


class RawRows(Shape):
    """Rows of Parquet files; the row itself lies beside these columns as ``row``, with the file's own columns."""

    file_no = column("int", "number of the file in this delivery, in the order of file_id")
    block_start = column("bigint", "always 0")
    scan_position = column("bigint", "position of the row in its file, from 0")
    row = column("struct<>", "the file's own columns", personal=True)
    arrived_ts = column("timestamp", "when its file was changed last, or its message was sent, UTC", nullable=True)


class Messages(Shape):
    """Messages of one Kafka topic, as Spark's reader gives them."""

    partition = column("int", "partition of the topic")
    offset = column("bigint", "place of the message in its partition; gaps are normal")
    timestamp = column("timestamp", "when the broker or the producer says it was sent, UTC")
    value = column("binary", "the record, as bytes; null for a tombstone", nullable=True, personal=True)


class Records(Shape):
    """Records read and judged, before duplicates are known."""

    source = column("string", "name of the source that declares the record")
    channel = column("string", "channel of the source")
    file_no = column("int", "number of the file in this delivery, in the order of file_id")
    block_start = column("bigint", "first byte of the part of the file the record was read with", unit="bytes")
    scan_position = column("bigint", "rises with the record's position within its block, without gaps")
    is_record = column("boolean", "false for blank lines and a CSV file's header")
    reason_codes = column("string", "every rule the record broke, joined by commas; empty for a good one")
    event_key = column("string", "hash of the source's key fields, or of the whole record")
    event_ts = column("timestamp", "moment of the act, UTC", nullable=True)
    arrived_ts = column("timestamp", "when its file was changed last, or its message was sent, UTC", nullable=True)
    payload = column("string", "the record's fields as one JSON object; null for a refused one", nullable=True, personal=True)
    raw = column("string", "the record as it was read; null for a good one", nullable=True, personal=True)
    extras = column("map<string,string>", "what the record holds beyond its contract", nullable=True, personal=True)
    is_ambiguous = column("boolean", "whether clocks showed its time twice; the earlier one is meant")
    content_hash = column("bigint", "hash of payload and extras")


class Blocks(Shape):
    """Parts of files, with what it takes to number their records and to account for them."""

    source = column("string", "name of the source")
    file_no = column("int", "number of the file in this delivery")
    block_start = column("bigint", "first byte of the part", unit="bytes")
    first_position = column("bigint", "smallest scan_position in it")
    line_count = column("bigint", "lines in it, blank ones and headers included")
    record_count = column("bigint", "records in it")
    refused_count = column("bigint", "records in it that broke a rule")
    ambiguous_count = column("bigint", "good records in it whose time clocks showed twice")
    extras_count = column("bigint", "records in it that hold more than their contract declares")


class Numbering(Shape):
    """How scan positions of a block become positions in a file."""

    file_no = column("int", "number of the file in this delivery")
    block_start = column("bigint", "first byte of the part", unit="bytes")
    file_id = column("string", "SHA-256 of the file's content")
    header = column("string", "first line of a CSV file", nullable=True)
    shift = column("bigint", "what to add to scan_position to get line_ordinal")
