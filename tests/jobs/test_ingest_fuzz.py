"""Whatever is done to valid files, the session survives, every record is in one place, and nobody is named aloud."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings as profile, strategies as st

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Drift, Files
from crosschannel.errors import QualityError
from crosschannel.io.lake import Lake
from crosschannel.jobs.ingest_events import JOB
from crosschannel.settings.sources import Source, SourcesSettings
from tests.jobs.intake import run
from tests.support.bad_file import LOG

CANARY, NUMBER = "canary.person@example.com", "+447700900123"
FIELDS = {**LOG["fields"], "email": {}, "phone": {}}
STRICT = {"thresholds": {"fail_count": 0}}
SETTINGS = SourcesSettings(
    sources=tuple(
        Source.model_validate_json(json.dumps({**LOG, **STRICT, "fields": FIELDS, "source": f, "format": f, "path": f"{f}/*"}))
        for f in ("json_lines", "csv")
    )
)
ODD = ["", "NaN", "1e400", "null", "{}", "[1]", '"', "\\", "\x00", "9" * 50, "2026-02-30", CANARY, NUMBER, "\ufeff", "\r", "\n", "é" * 9, "`", "$.a"]
JSON_FILE = "".join(
    json.dumps({"id": f"i{n}", "at": "2026-01-05T09:30:00Z", "event": "page", "n": n, "x": 1.5, "email": CANARY, "phone": NUMBER}) + "\n"
    for n in range(5)
).encode()
CSV_FILE = ("id,at,event,n,x,email,phone\n" + "".join(f"i{n},2026-01-05,page,{n},1.5,{CANARY},{NUMBER}\n" for n in range(5))).encode()

Mutation = Callable[[bytes], bytes]


def at(content: bytes, place: float) -> int:
    return int(place * len(content))


def mutations() -> st.SearchStrategy[Mutation]:
    place, some = st.floats(0, 1), st.binary(min_size=1, max_size=6)
    token = st.sampled_from(["id", "at", "event", "page", "1.5", ":", ",", "{", "}", "\n", CANARY, "i1"])
    return st.one_of(
        st.builds(lambda p, b: lambda c: c[: at(c, p)] + b + c[at(c, p) :], place, some),
        st.builds(lambda p, b: lambda c: c[: at(c, p)] + b + c[at(c, p) + len(b) :], place, some),
        st.builds(lambda p, q: lambda c: c[: at(c, min(p, q))] + c[at(c, max(p, q)) :], place, place),
        st.builds(lambda p: lambda c: c[: at(c, p)], place),
        st.builds(lambda old, new, n: lambda c: c.replace(old.encode(), new.encode(), n), token, st.sampled_from(ODD), st.integers(1, 9)),
        st.builds(lambda n: lambda c: c * n, st.integers(0, 3)),
        st.sampled_from(
            [lambda c: c.decode("utf-8", "replace").encode("utf-16"), lambda c: c.replace(b"\n", b"\r\n"), lambda c: b"\xef\xbb\xbf" + c]
        ),
    )


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """The path and content of a valid file to which something was done, before or after it was compressed."""
    source, content = draw(st.sampled_from([("json_lines", JSON_FILE), ("csv", CSV_FILE)]))
    for mutate in draw(st.lists(mutations(), min_size=1, max_size=3)):
        content = mutate(content)
    if draw(st.integers(0, 3)):
        return f"{source}/#", content
    packed = gzip.compress(content)
    return f"{source}/#.gz", draw(mutations())(packed) if draw(st.booleans()) else packed


@pytest.mark.fault(22)
@pytest.mark.long
@profile(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(delivery=st.lists(files(), min_size=60, max_size=90))
def test_mutated_files_stop_nothing_lose_nothing_and_name_nobody(spark, delivery):
    with tempfile.TemporaryDirectory() as name:
        folder, said = Path(name), []
        for number, (path, content) in enumerate(delivery):
            file = folder / "raw" / path.replace("#", f"f{number:03}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        with pytest.raises(QualityError) as error:  # something is always refused, and fail_count is 0
            run(spark, folder, JOB, SETTINGS, said=said)
        lake = Lake(spark, str(folder / "lake"))
        booked = lake.read(Files.contract).collect()
        assert len(booked) == len({(path.split("/")[0], content) for path, content in delivery})
        assert all(b.rows_in == b.rows_good + b.rows_quarantined + b.rows_duplicate for b in booked)
        assert lake.read(RawEvents.contract).count() == sum(b.rows_good for b in booked)
        assert lake.read(Quarantine.contract).count() == sum(b.rows_quarantined for b in booked)
        aloud = " ".join([*said, str(error.value), str(booked), str(lake.read(Drift.contract).collect())])
        assert not [word for word in (CANARY, NUMBER, "canary", "7700900") if word in aloud]
