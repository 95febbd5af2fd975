import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentProfiles
from crosschannel.publish.release import CUSTOMERS, PROFILES, SCORES, to_frames
from tests.support.rows import assert_rows, row, rows

DAY = dt.date(2026, 1, 31)


@pytest.fixture(scope="module")
def frames(spark: SparkSession):
    segments = rows(
        spark,
        CustomerSegments,
        row(customer_id="c_1", as_of_date=DAY, segment_id="s_a", confidence=0.12345678, model_version="m1"),
        row(customer_id="c_2", as_of_date=DAY, segment_id="s_a", confidence=-1e-9, model_version="m1"),
        row(customer_id="c_3", as_of_date=DAY, segment_id="s_b", model_version="m1"),
        row(customer_id="c_9", as_of_date=dt.date(2026, 1, 30), segment_id="s_b", model_version="m0"),
    )
    scores = rows(
        spark,
        CustomerScores,
        row(customer_id="c_1", as_of_date=DAY, score_name="purchase", score=0.3000000001, probability=0.3, decile=1, model_version="p1"),
        row(customer_id="c_2", as_of_date=DAY, score_name="purchase", score=0.1, probability=0.1, decile=10, model_version="p1"),
        row(customer_id="c_3", as_of_date=DAY, score_name="omnichannel", score=50.0, probability=0.2, decile=5, model_version="o1"),
        row(customer_id="c_1", as_of_date=DAY, score_name="retired", score=0.9, probability=0.9, decile=1, model_version="x1"),
    )
    profiles = rows(
        spark,
        SegmentProfiles,
        row(model_version="m1", segment_id="s_a", segment_name="Loyal", customers=999),
        row(model_version="m1", segment_id="s_b", segment_name="New"),
        row(model_version="m1", segment_id="s_c", segment_name="Nobody"),
        row(model_version="m0", segment_id="s_a", segment_name="Old name"),
    )
    return to_frames(segments, scores, profiles, ["purchase", "omnichannel"], DAY)


def test_a_customer_row_holds_the_segment_and_a_score_per_column(frames):
    assert_rows(
        frames[CUSTOMERS],
        row(customer_id="c_1", segment_name="Loyal", purchase_score=0.3, purchase_decile=1, purchase_model_version="p1", omnichannel_score=None),
        row(customer_id="c_2", segment_name="Loyal", purchase_score=0.1, purchase_decile=10, purchase_model_version="p1", omnichannel_score=None),
        row(customer_id="c_3", segment_name="New", purchase_score=None, purchase_decile=None, purchase_model_version=None, omnichannel_score=50.0),
    )


def test_floats_are_published_with_six_decimals_and_without_minus_zero(frames):
    confidences = {r.customer_id: str(r.segment_confidence) for r in frames[CUSTOMERS].collect()}
    assert confidences == {"c_1": "0.123457", "c_2": "0.0", "c_3": "0.0"}


def test_scores_the_project_does_not_declare_stay_unpublished(frames):
    assert {r.score_name for r in frames[SCORES].collect()} == {"purchase", "omnichannel"}


def test_profiles_count_the_published_customers_and_keep_empty_segments(frames):
    assert_rows(
        frames[PROFILES],
        row(segment_id="s_a", segment_name="Loyal", customers=2, share=0.666667, mean_scores={"purchase": 0.2}, as_of_date=DAY),
        row(segment_id="s_b", segment_name="New", customers=1, share=0.333333, mean_scores={"omnichannel": 50.0}, as_of_date=DAY),
        row(segment_id="s_c", segment_name="Nobody", customers=0, share=0.0, mean_scores={}, as_of_date=DAY),
    )
