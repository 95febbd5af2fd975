import json
import uuid
from datetime import date, datetime

import pytest

from crosschannel.runtime.attempt import Attempt, Inputs
from crosschannel.runtime.openlineage import events_of, place_of, run_id, to_lines

REQUIRED = {"eventType", "eventTime", "run", "job", "producer", "schemaURL", "inputs", "outputs"}


def attempt(**different: object) -> Attempt:
    facts = {
        "run_id": "p1-publish_segments-1", "job": "publish_segments", "pipeline_id": "p1", "state": "succeeded",
        "inputs": Inputs({"ml.customer_scores": 3, "ml.customer_segments": -1}, "s", "m"), "as_of": date(2026, 1, 5),
        "outputs": {"serving.releases": 4}, "rows_written": {"serving.releases": 1}, "seconds": 2.5, "started": datetime(2026, 1, 6, 2),
        "error": None, "code": "c", "checks": (),
    }  # fmt: skip
    return Attempt(**{**facts, **different})  # type: ignore[arg-type]


def test_a_step_is_a_start_and_an_end_of_one_run_below_the_run_of_the_chain() -> None:
    start, end = events_of("/lake", attempt())
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert (start["eventTime"], end["eventTime"]) == ("2026-01-06T02:00:00.000Z", "2026-01-06T02:00:02.500Z")
    assert start["run"]["runId"] == end["run"]["runId"] == run_id("p1-publish_segments-1")
    assert end["run"]["facets"]["parent"]["run"]["runId"] == run_id("p1")
    assert str(uuid.UUID(run_id("p1"))) == run_id("p1")
    assert set(start) == REQUIRED


def test_tables_come_with_place_version_columns_and_rows_and_one_that_was_not_there_is_no_input() -> None:
    _, end = events_of("/lake", attempt())
    (read,), (written,) = end["inputs"], end["outputs"]
    assert (read["namespace"], read["name"], read["facets"]["version"]["datasetVersion"]) == ("file", "/lake/ml/customer_scores", "3")
    assert {"name": "release_id", "type": "string"}.items() <= written["facets"]["schema"]["fields"][0].items()
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 1
    facets = [f for d in (read, written) for group in ("facets", "outputFacets") for f in d.get(group, {}).values()]
    assert all({"_producer", "_schemaURL"} <= set(f) for f in facets)


@pytest.mark.parametrize(("state", "kind"), [("failed", "FAIL"), ("interrupted", "ABORT")])
def test_a_step_that_did_not_succeed_ends_as_such_with_the_class_of_the_error_alone(state: str, kind: str) -> None:
    _, end = events_of("/lake", attempt(state=state, error="QualityError" if kind == "FAIL" else None))
    assert end["eventType"] == kind
    assert end["run"]["facets"].get("errorMessage", {}).get("message") == ("QualityError" if kind == "FAIL" else None)


@pytest.mark.parametrize(
    ("root", "place"),
    [
        ("/lake", ("file", "/lake/a/b")),
        ("file:/lake", ("file", "/lake/a/b")),
        ("s3a://bucket/deep/lake", ("s3a://bucket", "deep/lake/a/b")),
        ("hdfs://node:8020/lake", ("hdfs://node:8020", "lake/a/b")),
    ],
)
def test_a_table_is_named_by_its_storage_and_its_path(root: str, place: tuple[str, str]) -> None:
    assert place_of(root, "a.b") == place


def test_events_are_one_json_object_a_line_and_the_same_whenever_they_are_written() -> None:
    lines = to_lines("/lake", [attempt(), attempt(state="failed")])
    assert [json.loads(line)["eventType"] for line in lines.splitlines()] == ["START", "COMPLETE", "START", "FAIL"]
    assert lines == to_lines("/lake", [attempt(), attempt(state="failed")])
