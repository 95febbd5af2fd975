"""Small tables for tests of the lake: one of each write mode."""

from __future__ import annotations

from crosschannel.contracts.column import column, key, partition, time
from crosschannel.contracts.table import Check, DataClass, Table, Write


class Visits(
    Table,
    name="silver.visits",
    grain="one row per visit",
    write=Write.APPEND_NEW,
    produced_by="make_visits",
    read_by=("count_visits",),
    data_class=DataClass.IDENTIFIER,
    checks=(Check("pages", at_least=1, at_most=100), Check("channel", is_in=("web", "app"))),
):
    """Visits; unseen keys are appended."""

    visit_id = key("string", "visit")
    channel = column("string", "channel")
    pages = column("int", "pages seen")
    visit_ts = time("timestamp", "begin, UTC")
    email = column("string", "address", nullable=True, personal=True)
    tags = column("array<string>", "tags", nullable=True)


class Stock(
    Table,
    name="silver.stock",
    grain="one row per shop and item",
    write=Write.MERGE,
    produced_by="make_stock",
    read_by=("make_stock",),
    data_class=DataClass.DERIVED,
):
    """Stock; the incoming row of a key wins."""

    shop = key("string", "shop")
    item = key("string", "item")
    pieces = column("bigint", "pieces", nullable=True)


class Daily(
    Table,
    name="gold.daily",
    grain="one row per shop and day",
    write=Write.REPLACE_PARTITION,
    produced_by="make_daily",
    read_by=(),
    data_class=DataClass.DERIVED,
):
    """Days; whole days are swapped."""

    shop = key("string", "shop")
    day = partition("date", "day", is_key=True)
    amount = column("decimal(18,2)", "turnover", nullable=True)


class Board(
    Table,
    name="serving.board",
    grain="one row per place",
    write=Write.REPLACE,
    produced_by="make_board",
    read_by=(),
    data_class=DataClass.RELEASE,
):
    """A board; the whole table is swapped."""

    place = key("int", "place")
    name = column("string", "who holds it")
