"""Lists: the most expected value first, as many as there is capacity for, ties alike on every run."""

import datetime as dt

import pytest
from pyspark.sql import functions as F

from crosschannel.contracts.acting import ActionLists, ScoreReasons
from crosschannel.contracts.ml import CustomerScores
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.publish.lists import to_list_rows, to_listed
from crosschannel.settings.acting import ActionList
from tests.support.rows import row, rows

DAY = dt.date(2026, 1, 31)
LEADS, ALERTS = ActionList(name="lead_queue", score="purchase", capacity=3), ActionList(name="churn_alerts", score="churn", capacity=2, min_probability=0.5)
WHY = [
    row(family="orders", sign=1, contribution=0.9, phrase="they buy"),
    row(family="mail", sign=-1, contribution=-0.4, phrase="they do not read"),
    row(family="web", sign=1, contribution=0.2, phrase="they browse"),
]


@pytest.fixture(scope="module")
def scores(spark):
    bought = {"c_1": (0.2, 100.0), "c_2": (0.9, None), "c_3": (0.5, 50.0), "c_4": (0.5, 50.0), "c_5": (0.01, 10.0), "c_6": (0.5, 50.0)}
    left = {"c_1": 0.7, "c_2": 0.6, "c_3": 0.49, "c_4": 0.8}
    given = [row(customer_id=c, as_of_date=DAY, score_name="purchase", probability=p, outcome_value=v) for c, (p, v) in bought.items()]
    given += [row(customer_id=c, as_of_date=DAY, score_name="churn", probability=p) for c, p in left.items()]
    return rows(spark, CustomerScores, *given)


def test_a_list_takes_the_largest_expected_value_and_no_more_than_its_capacity(scores):
    found = {(r.list_name, r.place): r for r in to_listed(scores, [LEADS, ALERTS]).collect()}
    assert {k: r.customer_id for k, r in found.items() if k[0] == "churn_alerts"} == {("churn_alerts", 1): "c_4", ("churn_alerts", 2): "c_1"}
    leads = [found["lead_queue", n] for n in (1, 2, 3)]
    assert [r.expected_value for r in leads] == [25.0, 25.0, 25.0]
    assert {r.customer_id for r in leads} == {"c_3", "c_4", "c_6"}
    assert [r.customer_id for r in leads] != sorted(r.customer_id for r in leads)  # by hash, not by name
    assert {r.candidates for r in leads} == {6}
    assert found["churn_alerts", 1].candidates == 3
    assert found["churn_alerts", 1].outcome_value == 1.0


def test_ties_fall_alike_whatever_the_partitions_and_the_capacity(scores):
    few, many = (to_listed(s, [LEADS.model_copy(update={"capacity": n})]).collect() for s, n in ((scores, 2), (scores.repartition(5), 6)))
    in_order = [r.customer_id for r in sorted(many, key=lambda r: r.place)]
    assert [r.customer_id for r in sorted(few, key=lambda r: r.place)] == in_order[:2]
    assert in_order[3:] == ["c_1", "c_2", "c_5"]


def test_a_row_says_what_drives_the_score_and_what_speaks_against_it(spark, scores):
    given = [row(customer_id=f"c_{n}", as_of_date=DAY, score_name=s, method="exact", reasons=WHY) for n in range(1, 7) for s in ("purchase", "churn")]
    reasons = rows(spark, ScoreReasons, *given)
    segments = rows(spark, PublishedSegments, row(customer_id="c_4", segment_id="s_a"))
    listed = to_list_rows(scores, reasons, segments, [ALERTS]).orderBy(ActionLists.place).collect()
    assert [(r.customer_id, r.segment_id, r.drivers, r.cautions, r.method) for r in listed] == [
        ("c_4", "s_a", ["they buy", "they browse"], ["they do not read"], "exact"),
        ("c_1", None, ["they buy", "they browse"], ["they do not read"], "exact"),
    ]
    unexplained = to_list_rows(scores, reasons.where(F.lit(False)), segments, [ALERTS]).collect()
    assert [r.method for r in unexplained] == [None, None]  # the contract refuses them; nobody is left out unseen


def test_without_lists_there_is_nothing_to_publish(scores):
    assert to_listed(scores, []) is None
