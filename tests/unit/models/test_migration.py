from crosschannel.models.migration import Migration

MOVES = Migration({"s01": "fans", "s02": "guests"}, {"s01": "fans", "s03": "new"}, {("s01", "s01"): 90, ("s01", "s03"): 10, ("s02", "s03"): 100})


def test_rows_are_shares_of_the_old_segments():
    assert MOVES.shares() == [[0.9, 0.1], [0.0, 1.0]]


def test_only_customers_whose_id_is_the_same_are_kept():
    assert MOVES.kept == 0.45


def test_a_segment_nobody_goes_to_keeps_its_place_in_the_table():
    assert "| s02 guests | 0 | 100 |" in MOVES.table()
    assert MOVES.as_dict()["moves"][0] == {"from_id": "s01", "to_id": "s01", "customers": 90}
