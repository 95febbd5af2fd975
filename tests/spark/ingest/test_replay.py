"""What comes back from quarantine is what was kept there, read by the contract as it is now."""

from __future__ import annotations

import base64

from crosschannel.contracts.bronze import Numbering, Quarantine
from crosschannel.ingest.records import with_record_id
from crosschannel.ingest.replay import to_marked, to_readings, to_records_again
from crosschannel.io.staging import small_frame
from tests.spark.ingest.judged import LOG, at, line, source
from tests.support.rows import row, rows


def replayed(spark, one, *kept):
    """Judge quarantined records again; return the rows of quarantine whose fate is another one now."""
    known = [row(record_id=str(n), source="log", file_id="aa", line_ordinal=n, state="open", **k) for n, k in enumerate(kept)]
    refused = rows(spark, Quarantine, *known)
    numbers = small_frame(spark, [(0, 0, "aa", None, 0)], Numbering.columns)
    again = to_records_again(refused, refused.transform(to_readings).collect(), one, numbers, None).transform(with_record_id, numbers)
    named = again.drop("record_id").selectExpr("*", "cast(line_ordinal as string) as record_id")
    none = named.limit(0).select("record_id")
    return {r.line_ordinal: (r.state, r.reasons, r.raw) for r in to_marked(refused, named, none).collect()}


def test_a_clock_that_was_skewed_is_judged_by_the_arrival_that_was_kept(spark):
    kept = {"reasons": ["future_time"], "raw": line(at="2026-01-05T11:00:00Z"), "arrived_ts": at("2026-01-05 09:00"), "ingest_ts": at("2026-01-20 00:00")}

    def allowing(skew: str):
        return source(time={**LOG["time"], "max_skew": skew})

    assert replayed(spark, allowing("119m"), kept) == {}
    assert [fate[0] for fate in replayed(spark, allowing("2h"), kept).values()] == ["replayed"]


def test_a_record_that_was_cut_never_comes_back(spark):
    whole_by_chance = {"reasons": ["too_long"], "raw": line()}  # its head may be a record of its own; it is not the one that came
    assert replayed(spark, source(), whole_by_chance) == {}


def test_bytes_come_back_as_text_once_their_encoding_is_declared(spark):
    western = [base64.b64encode(line(id=i, event="Zoë", **more).replace("\\u00eb", "ë").encode("cp1252")).decode() for i, more in (("1", {}), ("2", {"at": "soon"}))]
    kept = [{"reasons": ["not_utf8"], "raw": f"base64:{b}"} for b in western]
    assert replayed(spark, source(), *kept) == {}
    mended = replayed(spark, source(encoding="windows-1252", verb={"constant": "view"}), *kept)
    assert mended[0][:2] == ("replayed", ["not_utf8"])
    assert mended[1][:2] == ("open", ["time_unreadable"])
    assert "Zoë" in mended[1][2]  # readable now, so the next replay takes it for the text it is
