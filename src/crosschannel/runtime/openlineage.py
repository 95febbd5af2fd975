"""Lineage as OpenLineage events, for catalogues that read them: one JSON object a line, two events a step.

Taken from what was booked, so a killed step has its events too, and the same booking gives the same
events: ids of runs are derived from ours. Tables are named by their place, columns by their contracts;
no value of the data is in them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crosschannel import __version__
from crosschannel.contracts.ledger import FAILED, INTERRUPTED, SUCCEEDED
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.runtime.attempt import Attempt

NAMESPACE = "crosschannel"
PRODUCER = f"urn:crosschannel:{__version__}"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
ENDS = {SUCCEEDED: "COMPLETE", FAILED: "FAIL", INTERRUPTED: "ABORT"}
Plain = dict[str, Any]


def to_lines(root: str, attempts: Iterable[Attempt]) -> str:
    """Return the events of attempts, one a line."""
    return "".join(json.dumps(event, sort_keys=True) + "\n" for attempt in attempts for event in events_of(root, attempt))


def events_of(root: str, attempt: Attempt) -> list[Plain]:
    """Return the START of a step, and its COMPLETE, FAIL or ABORT."""
    ended = attempt.started + timedelta(seconds=attempt.seconds)
    inputs = [_dataset(root, name, version) for name, version in sorted(attempt.inputs.versions.items()) if version >= 0]
    outputs = [_output(root, name, version, attempt.rows_written) for name, version in sorted(attempt.outputs.items())]
    return [
        _event("START", attempt.started, attempt, inputs, []),
        _event(ENDS[attempt.state], ended, attempt, inputs, outputs),
    ]


def run_id(name: str) -> str:
    """Return the id that OpenLineage wants for one of our runs or attempts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{name}"))


def place_of(root: str, name: str) -> tuple[str, str]:
    """Return namespace and name of a table: by the convention, the storage and the path on it."""
    parts = urlsplit(root)
    if parts.scheme in ("", "file"):
        return "file", f"{Path(parts.path).absolute()}/{name.replace('.', '/')}"
    return f"{parts.scheme}://{parts.netloc}", f"{parts.path.strip('/')}/{name.replace('.', '/')}"


def _event(kind: str, moment: datetime, attempt: Attempt, inputs: list[Plain], outputs: list[Plain]) -> Plain:
    parent = {"run": {"runId": run_id(attempt.pipeline_id)}, "job": {"namespace": NAMESPACE, "name": "chain"}}
    ours = {
        "run": attempt.pipeline_id,
        "attempt": attempt.run_id,
        "asOf": str(attempt.as_of) if attempt.as_of else None,
        "settings": attempt.inputs.settings,
        "code": attempt.code,
        "manifest": attempt.inputs.manifest,
    }
    facets = {"parent": _facet("1-0-1/ParentRunFacet", parent), "crosschannel": {"_producer": PRODUCER, "_schemaURL": SCHEMA, **ours}}
    if kind == "FAIL":
        facets["errorMessage"] = _facet("1-0-1/ErrorMessageRunFacet", {"message": attempt.error or "unknown", "programmingLanguage": "Python"})
    return {
        "eventType": kind,
        "eventTime": f"{moment.isoformat(timespec='milliseconds')}Z",
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {"runId": run_id(attempt.run_id), "facets": facets},
        "job": {"namespace": NAMESPACE, "name": attempt.job, "facets": {"jobType": _job_type()}},
        "inputs": inputs,
        "outputs": outputs,
    }


def _job_type() -> Plain:
    return _facet("2-0-3/JobTypeJobFacet", {"processingType": "BATCH", "integration": "CROSSCHANNEL", "jobType": "JOB"})


def _output(root: str, name: str, version: int, rows: Mapping[str, int]) -> Plain:
    statistics = _facet("1-0-2/OutputStatisticsOutputDatasetFacet", {"rowCount": rows.get(name, 0)})
    return {**_dataset(root, name, version), "outputFacets": {"outputStatistics": statistics}}


def _dataset(root: str, name: str, version: int) -> Plain:
    namespace, path = place_of(root, name)
    facets = {"version": _facet("1-0-1/DatasetVersionDatasetFacet", {"datasetVersion": str(version)})}
    if (contract := CONTRACTS.get(name)) is not None:
        fields = [{"name": str(c), "type": c.spec.dtype, "description": c.spec.meaning} for c in contract.columns]
        facets["schema"] = _facet("1-1-1/SchemaDatasetFacet", {"fields": fields})
    return {"namespace": namespace, "name": path, "facets": facets}


def _facet(schema: str, content: Plain) -> Plain:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/{schema}.json#/$defs/{schema.split('/')[1]}", **content}
