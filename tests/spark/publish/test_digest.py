import datetime as dt

from crosschannel.contracts.serving import PublishedProfiles, PublishedScores
from crosschannel.publish.digest import TABLE, digest_of, to_model_versions, to_summary
from tests.support.rows import assert_rows, row, rows

DAY = dt.date(2026, 1, 31)


def digest(df, day=DAY) -> str:
    return digest_of({r[TABLE]: r for r in to_summary({"scores": df}).collect()}, day)


def test_the_digest_depends_on_rows_and_day_but_not_on_order_or_partitions(spark):
    given = [row(customer_id=f"c_{n}", score_name="purchase", score=n / 7) for n in range(50)]
    one = digest(rows(spark, PublishedScores, *given))
    assert one == digest(rows(spark, PublishedScores, *reversed(given)).repartition(7))
    assert one != digest(rows(spark, PublishedScores, *given[1:]))
    assert one != digest(rows(spark, PublishedScores, *given), dt.date(2026, 2, 1))


def test_the_digest_sees_a_row_that_came_twice(spark):
    once = rows(spark, PublishedScores, row(customer_id="c_1"))
    assert digest(once) != digest(once.unionByName(once))


def test_the_digest_reads_nested_columns(spark):
    profile = row(segment_id="s_a", mean_scores={"purchase": 0.1})
    assert digest(rows(spark, PublishedProfiles, profile)) != digest(rows(spark, PublishedProfiles, profile | row(mean_scores={"purchase": 0.2})))


def test_a_name_shows_all_its_model_versions(spark):
    from crosschannel.contracts.serving import PublishedSegments

    segments = rows(spark, PublishedSegments, row(customer_id="c_1", segment_model_version="m1"))
    scores = rows(
        spark,
        PublishedScores,
        row(customer_id="c_1", score_name="churn", model_version="v2"),
        row(customer_id="c_2", score_name="churn", model_version="v1"),
    )
    assert_rows(to_model_versions(segments, scores), row(NAME="segments", VERSIONS=["m1"]), row(NAME="churn", VERSIONS=["v1", "v2"]))
