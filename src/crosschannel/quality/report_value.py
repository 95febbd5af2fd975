"""Customer value in a report: what customers are expected to bring, by how likely they still come."""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.values import CustomerValues
from crosschannel.quality.report_facts import Facts
from crosschannel.quality.report_html import Html, count, element, number, section, table
from crosschannel.quality.report_tables import EXACT, ROWS

BAND = "BAND"
BANDS = ("80 % or more", "50 to 80 %", "less than 50 %")


def to_value_bands(values: DataFrame) -> DataFrame:
    """Return the sums of the newest day by band of ``p_alive``, at most one row a band and day."""
    alive = F.col(CustomerValues.p_alive)
    band = F.when(alive >= 0.8, F.lit(0)).when(alive >= 0.5, F.lit(1)).otherwise(F.lit(2)).alias(BAND)
    grouped = values.groupBy(CustomerValues.as_of_date, CustomerValues.horizon_days, CustomerValues.model_version, band)
    sums = [F.sum(F.col(c).cast(EXACT)).alias(c) for c in (CustomerValues.expected_orders, CustomerValues.expected_value)]
    return grouped.agg(F.count(F.lit(1)).alias(ROWS), *sums).orderBy(F.col(CustomerValues.as_of_date).desc(), BAND).limit(len(BANDS))


def value(facts: Facts) -> Html:
    """Show what customers are expected to bring; nothing where nobody is valued."""
    if not facts.values:
        return Html("")
    first = facts.values[0]
    rows = [row for row in facts.values if row[CustomerValues.as_of_date] == first[CustomerValues.as_of_date]]
    lines = [
        (BANDS[row[BAND]], number(count(row[ROWS])), *(_sum(row[c]) for c in (CustomerValues.expected_orders, CustomerValues.expected_value)))
        for row in rows
    ]
    said = f"Expected in the {first[CustomerValues.horizon_days]} days after {first[CustomerValues.as_of_date]}, model {first[CustomerValues.model_version]}."
    head = ("still a customer with", "customers", "days with an order", "value")
    return section("Customer value", "value", element("p", said), table(head, lines))


def _sum(total: float | None) -> Html:
    return number("not foretold" if total is None else f"{float(total):,.0f}")
