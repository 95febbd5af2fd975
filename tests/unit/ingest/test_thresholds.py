"""The newest delivery of each source is held against its thresholds."""

from __future__ import annotations

import datetime as dt

import pytest

from crosschannel.errors import QualityError
from crosschannel.ingest.thresholds import judge_refusals, newest_refusals, round_refusals
from crosschannel.settings.sources import SourcesSettings
from tests.spark.ingest.judged import source

MONDAY, TUESDAY = dt.datetime(2026, 1, 5), dt.datetime(2026, 1, 6)


def booked(quarantined: int, moment: dt.datetime = MONDAY, name: str = "log") -> dict[str, object]:
    return {"source": name, "rows_in": 100, "rows_quarantined": quarantined, "ingested_ts": moment}


def judged(ledger, **thresholds) -> list[str]:
    said: list[str] = []
    judge_refusals(newest_refusals(ledger), SourcesSettings(sources=(source(thresholds=thresholds),)), said.append)
    return said


def test_nothing_is_said_up_to_a_threshold_and_without_one():
    assert judged([booked(100)]) == judged([booked(10)], warn_share=0.1, fail_share=0.1, fail_count=10) == judged([]) == []


def test_above_warn_share_it_is_said():
    assert judged([booked(11)], warn_share=0.1) == ["warning: log: 11 of 100 records refused (11.0%), warn_share is 10.0%"]


@pytest.mark.parametrize(("limits", "named"), [({"fail_share": 0.1}, "fail_share is 10.0%"), ({"fail_count": 10}, "fail_count is 10")])
def test_above_a_limit_the_run_ends_and_says_what_to_type(limits, named):
    with pytest.raises(QualityError, match=rf"log: 11 of 100 records refused \(11.0%\), {named}.*`crosschannel replay --source NAME`"):
        judged([booked(11)], **limits)


def test_only_the_newest_delivery_counts_all_its_files_together():
    assert judged([booked(100), booked(12, TUESDAY), booked(7, TUESDAY)], fail_share=0.1) == []
    with pytest.raises(QualityError, match="21 of 200"):
        judged([booked(0), booked(12, TUESDAY), booked(9, TUESDAY)], fail_share=0.1)


def test_a_source_the_project_no_longer_names_stops_nothing():
    assert judged([booked(100, name="old")], fail_count=0) == []


def test_the_newest_round_of_a_topic_is_judged_as_a_delivery_of_files_is():
    strict = SourcesSettings(sources=(source(thresholds={"fail_share": 0.1}),))
    judge_refusals(round_refusals([("log", 10, 100)]), strict, print)
    with pytest.raises(QualityError, match=r"log: 11 of 100 records of its topic refused \(11.0%\), fail_share is 10.0%.*then type this command again"):
        judge_refusals(round_refusals([("log", 11, 100)]), strict, print)
