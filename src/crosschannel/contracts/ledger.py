"""Ledger: which process held the lake, and how far it came; its steps are ``ops.runs``, its checks ``ops.checks``."""

from crosschannel.contracts.column import column, key, time
from crosschannel.contracts.table import Check, DataClass, Table, Write

SUCCEEDED, UNCHANGED, FAILED, INTERRUPTED, RUNNING = "succeeded", "unchanged", "failed", "interrupted", "running"


class Holders(
    Table,
    name="ops.holders",
    grain="one row per process that held the lake",
    write=Write.APPEND_NEW,
    produced_by="runtime",
    read_by=("runtime",),
    data_class=DataClass.RECORD,
    checks=(Check("state", is_in=(SUCCEEDED, FAILED, INTERRUPTED)),),
):
    """Every process that wrote to the lake, by its epoch; a run that was resumed has several under one pipeline_id."""

    epoch = key("bigint", "number of the process: the next one to hold the lake has the next number")
    pipeline_id = column("string", "run it worked on; the key of its steps in ops.runs")
    command = column("string", "what was asked for: run, resume, or what else holds the lake")
    state = column("string", "succeeded, failed, or interrupted (it ended without a word)")
    planned = column("array<string>", "steps it was to run, in their order")
    steps = column("map<string,string>", "state of each step that began")
    started_ts = time("timestamp", "when it got the lake, UTC")
    heartbeat_ts = time("timestamp", "its last sign of life, UTC")
    seconds = column("double", "from the first to the last sign of life", unit="seconds")
    code_hash = column("string", "hash of the package's source")
    settings_hash = column("string", "hash of the settings of all planned steps")
    host = column("string", "machine it ran on")
    pid = column("bigint", "process it was")
    error = column("string", "class of the error it ended with, without values", nullable=True)
