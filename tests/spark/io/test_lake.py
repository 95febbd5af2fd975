import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import deltalake
import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.column import ColumnSpec
from crosschannel.contracts.table import named
from crosschannel.errors import ContractError, UsageError
from crosschannel.io.lake import ABSENT, Lake, Written
from tests.support.rows import assert_rows, row, rows
from tests.support.tables import Board, Daily, Stock, Visits

MONDAY, TUESDAY, WEDNESDAY = dt.date(2026, 1, 5), dt.date(2026, 1, 6), dt.date(2026, 1, 7)


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, f"{tmp_path}/lake/")


def visits(spark: SparkSession, *ids: str, **columns: object):
    return rows(spark, Visits, *[row(visit_id=i, channel="web", pages=1, **columns) for i in ids])


def test_a_table_lies_in_a_folder_named_by_layer_and_table(lake: Lake, tmp_path: Path) -> None:
    assert lake.path(Visits.contract) == f"{tmp_path}/lake/silver/visits"


def test_a_lake_may_be_named_from_where_one_stands(spark: SparkSession, tmp_path: Path) -> None:
    written = Lake(spark, os.path.relpath(tmp_path / "lake")).write(Visits.contract, visits(spark, "a"))
    assert written == Written(1, 1)
    assert Lake(spark, str(tmp_path / "lake")).read(Visits.contract).count() == 1


def test_a_table_never_written_reads_empty_with_its_schema(lake: Lake) -> None:
    actual = lake.read(Visits.contract)
    assert (actual.columns, actual.count()) == (list(Visits.contract.columns), 0)
    assert not lake.exists(Visits.contract)
    assert lake.version(Visits.contract) == lake.data_version(Visits.contract) == ABSENT


def test_append_new_adds_only_unseen_keys_and_a_rerun_adds_nothing(lake: Lake, spark: SparkSession) -> None:
    first = lake.write(Visits.contract, visits(spark, "a", "b"))
    second = lake.write(Visits.contract, visits(spark, "b", "c", tags=["late"]))
    again = lake.write(Visits.contract, visits(spark, "c", "b"))
    assert (first.rows, second.rows) == (2, 1)
    assert again == Written(0, second.version), "a rerun commits nothing"
    assert_rows(lake.read(Visits.contract), row(visit_id="a", tags=None), row(visit_id="b", tags=None), row(visit_id="c", tags=["late"]))


def test_append_new_compares_with_the_named_part_of_the_table_alone(lake: Lake, spark: SparkSession) -> None:
    lake.write(Visits.contract, visits(spark, "a", "b"), only_in=(Visits.visit_id, {"a", "b"}), is_kept=True)
    assert lake.write(Visits.contract, visits(spark, "b", "c"), only_in=(Visits.visit_id, {"b", "c"}), is_kept=True).rows == 1
    assert sorted(r.visit_id for r in lake.read(Visits.contract).collect()) == ["a", "b", "c"]


def test_merge_lets_the_incoming_row_of_a_key_win_also_with_null(lake: Lake, spark: SparkSession) -> None:
    lake.write(Stock.contract, rows(spark, Stock, row(shop="s", item="i", pieces=1), row(shop="s", item="j", pieces=2)))
    lake.write(Stock.contract, rows(spark, Stock, row(shop="s", item="i", pieces=None), row(shop="t", item="i", pieces=3)))
    assert_rows(
        lake.read(Stock.contract),
        row(shop="s", item="i", pieces=None),
        row(shop="s", item="j", pieces=2),
        row(shop="t", item="i", pieces=3),
    )


def test_a_merge_of_the_same_rows_changes_no_row(lake: Lake, spark: SparkSession) -> None:
    stock = rows(spark, Stock, row(shop="s", item="i", pieces=None))
    lake.write(Stock.contract, stock)
    before = lake.version(Stock.contract)
    assert lake.write(Stock.contract, stock) == Written(rows=0, version=before)
    assert_rows(lake.read(Stock.contract), row(shop="s", item="i", pieces=None))


def test_replace_partition_swaps_the_named_slices_and_leaves_the_others(lake: Lake, spark: SparkSession) -> None:
    lake.write(Daily.contract, rows(spark, Daily, row(shop="a", day=MONDAY), row(shop="b", day=MONDAY), row(shop="a", day=TUESDAY)), [MONDAY, TUESDAY])
    lake.write(Daily.contract, rows(spark, Daily, row(shop="c", day=MONDAY, amount=Decimal("1.50"))), [MONDAY])
    assert_rows(lake.read(Daily.contract), row(shop="c", day=MONDAY, amount=Decimal("1.50")), row(shop="a", day=TUESDAY, amount=None))


def test_a_slice_without_rows_left_becomes_empty(lake: Lake, spark: SparkSession) -> None:
    lake.write(Daily.contract, rows(spark, Daily, row(shop="a", day=MONDAY), row(shop="a", day=TUESDAY)), [MONDAY, TUESDAY])
    lake.write(Daily.contract, rows(spark, Daily), [MONDAY])
    assert_rows(lake.read(Daily.contract), row(shop="a", day=TUESDAY))


def test_rows_outside_the_named_slices_are_refused(lake: Lake, spark: SparkSession) -> None:
    lake.write(Daily.contract, rows(spark, Daily, row(shop="a", day=MONDAY)), [MONDAY])
    with pytest.raises(Exception, match="REPLACE_WHERE|slices"):
        lake.write(Daily.contract, rows(spark, Daily, row(shop="b", day=WEDNESDAY)), [MONDAY])
    assert_rows(lake.read(Daily.contract), row(shop="a", day=MONDAY))


def test_replace_partition_must_be_told_its_slices(lake: Lake, spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="needs the slices"):
        lake.write(Daily.contract, rows(spark, Daily, row(shop="a", day=MONDAY)))


def test_replace_swaps_the_whole_table(lake: Lake, spark: SparkSession) -> None:
    lake.write(Board.contract, rows(spark, Board, row(place=1, name="a"), row(place=2, name="b")))
    lake.write(Board.contract, rows(spark, Board, row(place=1, name="c")))
    assert_rows(lake.read(Board.contract), row(place=1, name="c"))


def test_a_frame_that_does_not_fit_is_refused_before_anything_is_committed(lake: Lake, spark: SparkSession) -> None:
    frame = spark.createDataFrame([("a", "1")], "visit_id string, pages string")
    with pytest.raises(ContractError) as refusal:
        lake.write(Visits.contract, frame)
    said = str(refusal.value)
    assert all(part in said for part in ("silver.visits", "channel is missing (string expected)", "pages is string, int expected", "visit_ts is missing"))
    assert not lake.exists(Visits.contract)


def test_rows_that_break_the_contract_are_all_named_and_none_is_committed(lake: Lake, spark: SparkSession) -> None:
    good = visits(spark, "a", "a", "b", "c")
    bad = good.withColumns(
        {
            "channel": F.when(F.col("visit_id") == "b", "fax").otherwise("web"),
            "pages": F.when(F.col("visit_id") == "c", 101).otherwise(1),
            "visit_ts": F.when(F.col("visit_id") != "b", F.col("visit_ts")),
        }
    )
    with pytest.raises(ContractError) as refusal:
        lake.write(Visits.contract, bad)
    said = str(refusal.value)
    assert "1 rows have no visit_ts" in said
    assert "1 rows break: channel is one of web, app" in said
    assert "1 rows break: pages lies in [1, 100]" in said
    assert "1 keys (visit_id) stand in more than one row" in said
    assert "fax" not in said, "no value of the data is quoted"
    assert not lake.exists(Visits.contract)


def test_a_refused_write_leaves_the_table_as_it_was(lake: Lake, spark: SparkSession) -> None:
    before = lake.write(Visits.contract, visits(spark, "a"))
    with pytest.raises(ContractError):
        lake.write(Visits.contract, rows(spark, Visits, row(visit_id="b", channel="fax", pages=1)))
    assert lake.version(Visits.contract) == before.version
    assert_rows(lake.read(Visits.contract), row(visit_id="a"))


def test_an_old_version_can_be_read(lake: Lake, spark: SparkSession) -> None:
    first = lake.write(Visits.contract, visits(spark, "a"))
    lake.write(Visits.contract, visits(spark, "b"))
    assert_rows(lake.read(Visits.contract, first.version), row(visit_id="a"))


def test_compaction_is_a_version_that_changes_no_data(lake: Lake, spark: SparkSession) -> None:
    lake.write(Visits.contract, visits(spark, "a"))
    last = lake.write(Visits.contract, visits(spark, "b"))
    from delta.tables import DeltaTable

    DeltaTable.forPath(spark, lake.path(Visits.contract)).optimize().executeCompaction()
    assert lake.version(Visits.contract) == last.version + 1
    assert lake.data_version(Visits.contract) == last.version


def test_a_contract_that_gained_a_nullable_column_grows_its_table(lake: Lake, spark: SparkSession) -> None:
    lake.write(Stock.contract, rows(spark, Stock, row(shop="s", item="i", pieces=1)))
    grown = Stock.contract.completed([named("shelf", ColumnSpec("string", "shelf", nullable=True))])
    assert_rows(lake.read(grown), row(item="i", shelf=None))
    lake.write(grown, rows(spark, grown, row(shop="s", item="j", pieces=2, shelf="B4")))
    assert_rows(lake.read(grown), row(item="i", shelf=None), row(item="j", shelf="B4"))


def test_any_delta_reader_opens_a_table_and_finds_its_declaration(lake: Lake, spark: SparkSession) -> None:
    lake.write(Visits.contract, visits(spark, "a", email="ann@example.com"))
    table = deltalake.DeltaTable(lake.path(Visits.contract))
    assert table.to_pyarrow_table().column("visit_id").to_pylist() == ["a"]
    assert table.metadata().description == "one row per visit"
    fields = {f.name: f.nullable for f in table.schema().fields}
    assert (fields["visit_id"], fields["email"]) == (False, True)


def test_personal_values_stay_out_of_file_statistics(lake: Lake, spark: SparkSession) -> None:
    lake.write(Visits.contract, visits(spark, "a", email="ann@example.com"))
    log = Path(lake.path(Visits.contract)) / "_delta_log"
    assert not [p.name for p in log.glob("*.json") if "ann@example.com" in p.read_text(encoding="utf-8")]
