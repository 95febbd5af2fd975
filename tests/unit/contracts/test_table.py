import pytest

from crosschannel.contracts.column import ColumnSpec, column, key, partition
from crosschannel.contracts.table import Check, DataClass, Shape, Table, Write, named
from crosschannel.errors import UsageError

DECLARED = {
    "name": "silver.things",
    "grain": "one row per thing",
    "write": Write.MERGE,
    "produced_by": "make_things",
    "read_by": ("read_things",),
    "data_class": DataClass.DERIVED,
}


class Things(Table, **DECLARED):
    """Things."""

    thing_id = key("string", "thing")
    day = partition("date", "day", is_key=True)
    size = column("int", "size", nullable=True)


def declare(body: dict, **different):
    return type(Table)("Other", (Table,), {"__doc__": "Other.", **body}, **{**DECLARED, **different})


def test_columns_stand_in_the_order_of_the_class_body() -> None:
    assert Things.contract.columns == ("thing_id", "day", "size")


def test_layer_table_key_and_partitions_are_derived() -> None:
    contract = Things.contract
    assert (contract.layer, contract.table, contract.key, contract.partitions) == ("silver", "things", ("thing_id", "day"), ("day",))


def test_the_docstring_is_the_meaning() -> None:
    assert Things.contract.meaning == "Things."


def test_a_project_completes_a_contract_with_columns_of_its_own() -> None:
    extra = named("visits_count_30d", ColumnSpec("double", "visits"))
    assert Things.contract.completed([extra]).columns == ("thing_id", "day", "size", "visits_count_30d")
    assert Things.contract.columns[-1] == "size"


def test_a_layer_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="layer 'copper' is none of"):
        declare({"a": key("string", "a")}, name="copper.things")


def test_a_table_without_key_is_refused() -> None:
    with pytest.raises(UsageError, match="no column is declared as key"):
        declare({"a": column("string", "a")})


def test_replace_partition_without_partition_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a partition column"):
        declare({"a": key("string", "a")}, write=Write.REPLACE_PARTITION)


def test_personal_columns_are_refused_outside_identifier_tables() -> None:
    with pytest.raises(UsageError, match="identifier-class tables only"):
        declare({"a": key("string", "a"), "email": column("string", "e", personal=True)})


def test_a_check_on_an_unknown_column_is_refused() -> None:
    with pytest.raises(UsageError, match="check on unknown column b"):
        declare({"a": key("string", "a")}, checks=(Check("b", at_least=0),))


def test_every_problem_of_a_declaration_is_named_at_once() -> None:
    with pytest.raises(UsageError, match=r"layer .* no column is declared as key"):
        declare({"a": column("string", "a")}, name="copper.things")


def test_a_check_says_its_rule() -> None:
    assert str(Check("decile", at_least=1, at_most=10)) == "decile lies in [1, 10]"
    assert str(Check("state", is_in=("new", "old"))) == "state is one of new, old"


def test_a_shape_binds_its_columns_and_has_no_storage() -> None:
    class Passing(Shape):
        left = column("string", "left")
        right = column("string", "right")

    assert Passing.columns == ("left", "right")
    assert not hasattr(Passing, "contract")
