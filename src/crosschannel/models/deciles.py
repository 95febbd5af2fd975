"""Exact deciles without bringing all rows to one place.

Rows of a score fall into cells of neighbouring scores. The cells are few enough to be counted and
put in order in one place; a row's place is the rows in the cells above plus its place within its
own cell. Ties are broken by a hash of the customer, so a tenth is a tenth even where many share a
score.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.ml import CustomerScores

CELL, ROWS, ABOVE, ALL_ROWS = "cell", "rows", "rows_above", "all_rows"
CELLS_PER_UNIT = 1_000  # at most 100,000 cells for a score from 0 to 100


def with_decile(scores: DataFrame) -> DataFrame:
    """Add ``decile`` (1 is the highest tenth) over all customers of each score."""
    celled = scores.withColumn(CELL, F.floor(F.col(CustomerScores.score) * CELLS_PER_UNIT))
    keys = [str(CustomerScores.score_name), CELL]
    placed = celled.join(F.broadcast(celled.transform(_to_cells)), keys, how="inner")
    return placed.withColumn(CustomerScores.decile, _decile_expr()).drop(CELL, ABOVE, ALL_ROWS)


def _to_cells(celled: DataFrame) -> DataFrame:
    counted = celled.groupBy(CustomerScores.score_name, CELL).agg(F.count(F.lit(1)).alias(ROWS))
    by_score = Window.partitionBy(CustomerScores.score_name)
    higher = by_score.orderBy(F.col(CELL).desc()).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    above = F.sum(ROWS).over(higher) - F.col(ROWS)
    return counted.select(CustomerScores.score_name, CELL, above.alias(ABOVE), F.sum(ROWS).over(by_score).alias(ALL_ROWS))


def _decile_expr() -> Column:
    tie = F.xxhash64(F.col(CustomerScores.score_name), F.col(CustomerScores.customer_id))
    in_cell = Window.partitionBy(CustomerScores.score_name, CELL).orderBy(F.col(CustomerScores.score).desc(), tie, CustomerScores.customer_id)
    place = F.col(ABOVE) + F.row_number().over(in_cell) - 1
    return (F.floor(place * 10 / F.col(ALL_ROWS)) + 1).cast("int")
