import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.table import Contract
from crosschannel.errors import ContractError
from crosschannel.io.fitting import faults, fitted, schema_of
from tests.support.rows import row, rows
from tests.support.tables import Daily, Stock, Visits


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.name)
def test_every_contract_has_a_spark_schema(spark: SparkSession, contract: Contract) -> None:
    schema = schema_of(contract)
    assert schema.names == [str(c) for c in contract.columns]
    assert [f.nullable for f in schema] == [c.spec.nullable for c in contract.columns]


def test_exactly_the_contracts_columns_are_selected_in_its_order(spark: SparkSession) -> None:
    frame = rows(spark, Stock, row(pieces=1)).select(F.lit(1).alias("more"), "pieces", "item", "shop")
    assert fitted(frame, Stock.contract).columns == ["shop", "item", "pieces"]


def test_a_number_widens_where_nothing_can_be_lost(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("s", "i", 3)], "shop string, item string, pieces int")
    assert fitted(frame, Stock.contract).schema["pieces"].dataType.simpleString() == "bigint"


@pytest.mark.parametrize("dtype", ["double", "string", "decimal(18,2)"])
def test_a_type_that_could_lose_something_is_refused(spark: SparkSession, dtype: str) -> None:
    frame = spark.createDataFrame([], f"shop string, item string, pieces {dtype}")
    with pytest.raises(ContractError, match="pieces is .*, bigint expected"):
        fitted(frame, Stock.contract)


def test_a_decimal_of_another_scale_is_refused(spark: SparkSession) -> None:
    frame = spark.createDataFrame([], "shop string, day date, amount decimal(38,18)")
    with pytest.raises(ContractError, match=r"amount is decimal\(38,18\), decimal\(18,2\) expected"):
        fitted(frame, Daily.contract)


def test_rows_that_keep_the_contract_have_no_faults(spark: SparkSession) -> None:
    frame = rows(spark, Visits, row(visit_id="a", channel="web", pages=1), row(visit_id="b", channel="app", pages=100))
    assert faults(frame, Visits.contract) == (2, [])


def test_an_empty_frame_has_no_faults(spark: SparkSession) -> None:
    assert faults(rows(spark, Visits), Visits.contract) == (0, [])


def test_nulls_pass_checks_and_fail_where_a_column_is_required(spark: SparkSession) -> None:
    frame = rows(spark, Visits, row(visit_id="a", channel="web", pages=1)).withColumns({"channel": F.lit(None).cast("string")})
    assert faults(frame, Visits.contract) == (1, ["1 rows have no channel"])


def test_a_key_of_two_columns_is_repeated_only_if_both_are(spark: SparkSession) -> None:
    once = rows(spark, Stock, row(shop="a", item="b"), row(shop="ab", item=""), row(shop="b", item="a"))
    assert faults(once, Stock.contract) == (3, [])
    twice = rows(spark, Stock, row(shop="a", item="b"), row(shop="a", item="b", pieces=1))
    assert faults(twice, Stock.contract) == (2, ["1 keys (shop, item) stand in more than one row"])
