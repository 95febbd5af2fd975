from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import Checks, Files, Runs
from crosschannel.contracts.serving import PublishedScores
from crosschannel.contracts.silver import IdentityMap
from crosschannel.quality import report_tables as tables
from tests.support.rows import assert_rows, at, row, rows


def test_sources_are_counted_over_all_their_files(spark):
    files = rows(
        spark,
        Files,
        row(source="web", file_id="f1", status="committed", rows_in=5, rows_good=4, rows_quarantined=1),
        row(source="web", file_id="f2", status="refused"),
    )
    assert_rows(
        files.transform(tables.to_source_counts),
        row(source="web", FILES=2, REFUSED_FILES=1, rows_in=5, rows_good=4, rows_quarantined=1, rows_duplicate=0),
    )


def test_a_record_with_two_reasons_counts_under_both(spark):
    refused = rows(spark, Quarantine, row(record_id="1", source="web", reasons=["a", "b"]), row(record_id="2", source="web", reasons=["a"]))
    assert_rows(refused.transform(tables.to_reasons), row(source="web", REASON="a", ROWS=2), row(source="web", REASON="b", ROWS=1))


def test_customers_are_counted_once_and_the_largest_is_known(spark):
    nodes = rows(
        spark,
        IdentityMap,
        row(node_key=1, namespace="email", kind="person", customer_id="c_1", is_identified=True),
        row(node_key=2, namespace="cookie_id", kind="device", customer_id="c_1", is_identified=True),
        row(node_key=3, namespace="cookie_id", kind="device", customer_id="c_2"),
    )
    assert_rows(nodes.transform(tables.to_customer_counts), row(CUSTOMERS=2, IDENTIFIED=1, HIGH=2))
    assert_rows(
        nodes.transform(tables.to_identifier_counts), row(namespace="email", ROWS=1, CUSTOMERS=1), row(namespace="cookie_id", ROWS=2, CUSTOMERS=2)
    )


def test_the_gate_shown_is_that_of_the_newest_attempt_alone(spark):
    runs = rows(spark, Runs, *(row(run_id=f"r{n}", job="stitch_identities", started_ts=at(f"2026-01-0{n} 09:00")) for n in (1, 2)))
    booked = [
        ("r1", "moved_percent", 9.0, 5.0), ("r2", "moved_percent", 1.0, 5.0), ("r2", "unexplained_refusals", 0.0, 0.0), ("r2", "largest_customer", 12.0, None),
    ]  # fmt: skip
    checks = rows(
        spark, Checks, *(row(run_id=r, check_name=name, job="stitch_identities", observed=observed, expected=limit) for r, name, observed, limit in booked)
    )
    found = checks.transform(tables.to_newest_checks, runs, "stitch_identities", ["moved_percent", "largest_customer"])
    assert_rows(found, row(check_name="moved_percent", observed=1.0, expected=5.0))


def test_scores_fall_into_bins_of_their_own_span_ends_included(spark):
    scores = rows(
        spark,
        PublishedScores,
        *(row(customer_id=f"c_{n}", score_name="churn", score=s, decile=1) for n, s in enumerate((0.0, 0.5, 1.0))),
        row(customer_id="c_1", score_name="omnichannel", score=99.0, decile=1),
    )
    assert_rows(
        scores.transform(tables.to_histogram, {"churn": 1.0, "omnichannel": 100.0}),
        *(row(score_name="churn", BIN=b, ROWS=1) for b in (0, 10, 19)),
        row(score_name="omnichannel", BIN=19, ROWS=1),
    )
