"""Drift is quiet where nothing changed and loud where something did."""

import numpy as np
import pyarrow as pa
import pytest

from crosschannel.features.statistics import drift_between, middle_of

DRAW = np.random.default_rng(3)


def column(values) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


def test_the_same_sample_has_not_drifted() -> None:
    values = column(DRAW.normal(size=500))
    assert drift_between(values, values).psi == 0.0


def test_the_index_is_the_sum_over_bins_of_differences_times_log_ratios() -> None:
    found = drift_between(column([0.0] * 30 + [1.0] * 70), column([0.0] * 60 + [1.0] * 40))
    # up to 0, up to 1, above, missing
    then, now = np.array([30.5, 70.5, 0.5, 0.5]) / 102, np.array([60.5, 40.5, 0.5, 0.5]) / 102
    assert found.psi == pytest.approx(((now - then) * np.log(now / then)).sum(), abs=1e-6)


def test_chance_alone_exceeds_its_level_about_once_in_twenty_times() -> None:
    beyond = [d.psi > d.chance for d in (drift_between(column(DRAW.normal(size=2000)), column(DRAW.normal(size=2000))) for _ in range(200))]
    assert 1 <= sum(beyond) <= 22


@pytest.mark.parametrize(
    "then_now", [(DRAW.normal(size=900), DRAW.normal(0.7, size=900)), ([1.0, 2.0] * 300, [1.0, None] * 300), (["n", "s"] * 300, ["n", "w"] * 300)]
)
def test_a_shift_of_values_missing_values_and_new_levels_are_drift(then_now) -> None:
    found = drift_between(*map(column, then_now))
    assert found.psi > max(0.1, 5 * found.chance)


def test_a_feature_nobody_has_has_neither_median_nor_drift() -> None:
    nothing = column(pa.array([None, None], pa.float64()))
    assert middle_of(nothing) is None
    assert drift_between(nothing, nothing).psi == 0.0


def test_the_median_leaves_missing_values_out_and_text_has_none() -> None:
    assert middle_of(column([1.0, None, 3.0, 10.0])) == 3.0
    assert middle_of(column(["a"])) is None
