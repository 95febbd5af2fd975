import pickle

from crosschannel.contracts.column import Column, ColumnSpec, Role, column, key, partition, stamp, time
from crosschannel.contracts.silver import Events


def test_a_column_is_its_name() -> None:
    assert Events.event_ts == "event_ts"
    assert f"{Events.event_ts}" == "event_ts"
    assert {"event_ts": 1}[Events.event_ts] == 1


def test_a_column_knows_its_declaration() -> None:
    assert Events.order_amount.spec.dtype == "decimal(18,2)"
    assert Events.order_amount.spec.nullable
    assert Events.order_amount.spec.unit == "currency_code"


def test_a_column_pickles_to_a_plain_string() -> None:
    copied = pickle.loads(pickle.dumps(Events.event_ts))
    assert copied == "event_ts"
    assert type(copied) is str


def test_each_kind_of_declaration_has_its_role() -> None:
    declared = {Role.ATTRIBUTE: column, Role.KEY: key, Role.PARTITION: partition, Role.TIME: time, Role.STAMP: stamp}
    assert {role: declare("string", "x").spec.role for role, declare in declared.items()} == {role: role for role in declared}


def test_only_a_key_and_a_column_that_says_so_are_key_columns() -> None:
    assert key("string", "x").spec.is_key
    assert partition("date", "x", is_key=True).spec.is_key
    assert not partition("date", "x").spec.is_key


def test_a_column_can_be_bound_by_hand() -> None:
    assert Column("spend_sum_30d", ColumnSpec("double", "x")).spec.dtype == "double"
