"""Ops: which files came in and how they differed from their contract, which jobs ran, which checks held."""

from crosschannel.contracts.column import column, key, stamp, time
from crosschannel.contracts.table import Check, DataClass, Table, Write


class Files(
    Table,
    name="ops.files",
    grain="one row per source and content of a raw file",
    write=Write.MERGE,
    produced_by="ingest_events",
    read_by=("ingest_events",),
    data_class=DataClass.RECORD,
    checks=(Check("status", is_in=("committed", "refused")),),
):
    """The file ledger: a file is known by its content, so a renamed or repeated one adds nothing."""

    source = key("string", "name of the source")
    file_id = key("string", "SHA-256 of the file's content; where that could not be read, of its path behind unread:")
    path = column("string", "path under the raw folder where it was first seen")
    size_bytes = column("bigint", "size", unit="bytes")
    modified_ts = time("timestamp", "modification time when last seen, UTC")
    status = column("string", "committed, or refused as a whole")
    reason = column("string", "why the file was refused", nullable=True)
    rows_in = column("bigint", "records counted by a pass of their own", unit="rows")
    rows_good = column("bigint", "records in bronze.events", unit="rows")
    rows_quarantined = column("bigint", "records in bronze.quarantine", unit="rows")
    rows_duplicate = column("bigint", "records already known under their event_key", unit="rows")
    ingested_ts = stamp("timestamp", "moment the file was booked, UTC")
    rows_conflicting = column("bigint", "of the duplicates, those whose content differs from the record that was kept", unit="rows", nullable=True)
    rows_replayed = column("bigint", "of the good, those that came back from quarantine", unit="rows", nullable=True)
    notice = column("string", "what else is to be known: changed_in_place, if the path held another content before; read_later, if it could not be read at first", nullable=True)
    rows_suppressed = column("bigint", "records of people who were erased, kept out", unit="rows", nullable=True)


class Drift(
    Table,
    name="ops.drift",
    grain="one row per raw file, field and way of differing from the contract",
    write=Write.MERGE,
    produced_by="ingest_events",
    read_by=("ingest_events",),
    data_class=DataClass.RECORD,
    checks=(Check("kind", is_in=("new", "missing", "ambiguous_time", "cut")),),
):
    """How deliveries differ from the contracts of their sources, though nothing is wrong with their records."""

    source = key("string", "name of the source")
    file_id = key("string", "SHA-256 of the file's content")
    field = key("string", "name in the file, or of the field; one that may hold a personal value is not spelled out")
    kind = key("string", "new: not declared; missing: a column the file lacks; ambiguous_time: clocks showed the time twice; cut: a line too long, only its head is kept")
    rows = column("bigint", "records concerned", unit="rows")
    ingested_ts = stamp("timestamp", "moment it was seen, UTC")


class TouchedDays(
    Table,
    name="ops.touched_days",
    grain="one row per source, day and delivery that brought late events",
    write=Write.APPEND_NEW,
    produced_by="ingest_events",
    read_by=("ingest_events",),
    data_class=DataClass.RECORD,
):
    """Days that late events were added to, for stages that recompute just those."""

    source = key("string", "name of the source")
    event_date = key("date", "day that gained events after later ones were known")
    ingest_ts = key("timestamp", "moment the events were accepted, UTC")
    rows = column("bigint", "late events added to the day", unit="rows")


class TopicBatches(
    Table,
    name="ops.topic_batches",
    grain="one row per batch and partition of a followed topic",
    write=Write.APPEND_NEW,
    produced_by="ingest_events",
    read_by=("ingest_events",),
    data_class=DataClass.RECORD,
):
    """The ledger of topics: every message is good, quarantined or a duplicate, batch by batch."""

    source = key("string", "name of the source")
    file_id = key("string", "kafka:topic@topic id/partition, as in bronze.events")
    first_offset = key("bigint", "offset of the first message")
    next_offset = column("bigint", "offset after the last message")
    rows_in = column("bigint", "messages counted by a pass of their own", unit="rows")
    rows_good = column("bigint", "messages in bronze.events", unit="rows")
    rows_quarantined = column("bigint", "messages in bronze.quarantine", unit="rows")
    rows_duplicate = column("bigint", "messages already known under their event_key", unit="rows")
    rows_waiting = column("bigint", "lag: offsets of the partition that lay ahead when the round began", unit="rows")
    newest_ts = time("timestamp", "when the newest message was sent, UTC")
    ingested_ts = stamp("timestamp", "moment the batch was booked, UTC")
    round_ts = time("timestamp", "moment the round began; its batches are one delivery, UTC", nullable=True)
    rows_suppressed = column("bigint", "messages of people who were erased, kept out", unit="rows", nullable=True)


class IdentityActions(
    Table,
    name="ops.identity_actions",
    grain="one row per decision of people about identifiers",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("stitch_identities",),
    data_class=DataClass.RECORD,
    checks=(Check("action", is_in=("split", "join", "block")),),
):
    """Who decided what about which identifiers, and why; stitching obeys the latest decision about a pair or a value."""

    action_id = key("string", "hash of all that follows")
    action = column("string", "split: two people; join: one person; block: a value that names nobody")
    is_lifted = column("boolean", "takes back what was decided before")
    left_key = column("bigint", "pseudonymous node_key of the identifier, the smaller one of a pair")
    right_key = column("bigint", "the larger node_key of the pair; equal to left_key for a single value")
    left_namespace = column("string", "namespace of left_key")
    right_namespace = column("string", "namespace of right_key")
    acted_ts = time("timestamp", "when it was decided, UTC")
    acted_by = column("string", "account that decided")
    reason = column("string", "why, without any identifier")


class Runs(
    Table,
    name="ops.runs",
    grain="one row per attempt at a job",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("runtime",),
    data_class=DataClass.RECORD,
    checks=(Check("state", is_in=("succeeded", "unchanged", "failed", "interrupted")),),
):
    """Which job ran on what, with which result: the steps of every run. What a killed process left is booked by the next one."""

    run_id = key("string", "attempt at a job")
    job = column("string", "job name")
    pipeline_id = column("string", "run of the whole chain the attempt belongs to")
    state = column("string", "succeeded, unchanged (nothing to do), failed, or interrupted (the process ended without a word)")
    manifest = column("string", "hash of code, settings, as_of_date and input versions")
    as_of_date = column("date", "as-of date of the attempt", nullable=True)
    inputs = column("map<string,bigint>", "Delta version of each table read")
    outputs = column("map<string,bigint>", "Delta version of each table written")
    rows_written = column("map<string,bigint>", "rows each written table gained or replaced")
    settings_hash = column("string", "hash of the resolved settings")
    code_hash = column("string", "hash of the package's source")
    seconds = column("double", "duration", unit="seconds")
    started_ts = time("timestamp", "start, UTC")
    error = column("string", "class of the error, without values", nullable=True)


class Checks(
    Table,
    name="ops.checks",
    grain="one row per attempt at a job and check",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("runtime",),
    data_class=DataClass.RECORD,
):
    """What each job checked about its own work."""

    run_id = key("string", "attempt at a job")
    check_name = key("string", "what was checked")
    job = column("string", "job name")
    passed = column("boolean", "whether it held")
    observed = column("double", "what was measured")
    expected = column("double", "what it had to equal or not to exceed", nullable=True)


class ModelActions(
    Table,
    name="ops.model_actions",
    grain="one row per decision of people about which model is used",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("runtime",),
    data_class=DataClass.RECORD,
    checks=(Check("action", is_in=("promote", "rollback")),),
):
    """Who made which model version champion or took it back, and why; what training decides by itself stands in the registry's tags."""

    action_id = key("string", "hash of all that follows")
    action = column("string", "promote: use a version; rollback: go back to the champion before")
    model_name = column("string", "registered name")
    model_version = column("string", "the version that is used from then on")
    version_before = column("string", "the version that was used until then", nullable=True)
    acted_ts = time("timestamp", "when it was decided, UTC")
    acted_by = column("string", "account that decided")
    reason = column("string", "why")
    compared = column("string", "what the comparison on that day said; null if none was made", nullable=True)
