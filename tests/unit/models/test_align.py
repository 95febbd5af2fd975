import numpy as np

from crosschannel.models.align import aligned_ids

BEFORE = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
IDS = ("s01", "s02", "s04")


def test_centres_that_moved_a_little_keep_their_ids_whatever_their_order():
    found = aligned_ids(BEFORE[[2, 0, 1]] + 0.5, BEFORE, IDS, last_number=4, max_distance=0.5)
    assert found.segment_ids == ("s04", "s01", "s02")
    assert found.aligned_from == ("s04", "s01", "s02")
    assert found.last_number == 4


def test_a_centre_far_from_all_old_ones_gets_a_number_never_given_before():
    found = aligned_ids(np.array([[0.0, 0.0], [50.0, 50.0]]), BEFORE, IDS, last_number=4, max_distance=0.5)
    assert found.segment_ids == ("s01", "s05")
    assert found.aligned_from == ("s01", None)
    assert found.last_number == 5


def test_more_centres_than_before_leave_some_new():
    found = aligned_ids(np.vstack([BEFORE, [[30.0, 30.0]]]), BEFORE, IDS, last_number=9, max_distance=0.5)
    assert found.segment_ids == ("s01", "s02", "s04", "s10")


def test_the_first_model_numbers_from_one():
    assert aligned_ids(BEFORE, np.empty((0, 2)), (), last_number=0, max_distance=0.5).segment_ids == ("s01", "s02", "s03")
