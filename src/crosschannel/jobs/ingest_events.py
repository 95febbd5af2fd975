"""Take raw files in: accept, quarantine or recognise every record.

Reads   the project's raw sources; ops.files, to know which files are new; bronze.events, to know which events are
Writes  bronze.events, one row per accepted record; bronze.quarantine, one per refused record; ops.files, one per file, booked last
Rerun   a file is known by its content: the same files add nothing; after a kill the same records are written once
Submit  spark-submit --properties-file conf/spark/local.conf jobs/ingest_events.py --conf conf/demo --raw var/raw --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from crosschannel.contracts.bronze import Numbering, Quarantine, RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import RawFile
from crosschannel.ingest.account import accounts, ledger_rows, numbering, totals
from crosschannel.ingest.dedupe import only_first, to_duplicates, to_repeated_hashes
from crosschannel.ingest.discover import by_source_and_header, fingerprint, header_names, only_new, only_unseen
from crosschannel.ingest.records import only_good, only_sources, to_blocks, to_bronze, to_quarantine, to_records, union, with_record_id
from crosschannel.io.raw_files import list_files, read_lines, read_rows, with_content, with_counts
from crosschannel.io.staging import small_frame, staging
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.sources import SourcesSettings
