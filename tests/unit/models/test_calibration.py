"""Calibration: a curve that bends where outcomes ask for it and nowhere else."""

import numpy as np
import pytest

from crosschannel.models.calibration import Calibration, fitted_calibration
from crosschannel.models.histogram import Histogram
from crosschannel.models.measures import measured
from tests.support.margins import counted

SLOPE, OFFSET = 0.7, 0.4


def drawn(rows: int, seed: int = 5, *, bend: float = 0.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margins, their true chances and outcomes; ``bend`` lifts the log-odds of margins above 0."""
    draw = np.random.default_rng(seed)
    margins = np.round(draw.normal(-1.0, 1.5, rows), 2)
    chances = 1 / (1 + np.exp(-(SLOPE * margins + OFFSET + shift + bend * (margins > 0))))
    return margins, chances, (draw.random(rows) < chances).astype(int)


def gap(calibration: Calibration, margins: np.ndarray, chances: np.ndarray) -> float:
    return float(np.abs(calibration.probabilities(margins) - chances).mean())


def test_it_finds_the_slope_and_offset_the_outcomes_were_drawn_with():
    margins, _, outcomes = drawn(4_000)
    calibration = fitted_calibration([counted(margins, outcomes)])
    assert calibration.slope == pytest.approx(SLOPE, abs=0.08)
    assert calibration.offset == pytest.approx(OFFSET, abs=0.12)
    assert measured(counted(margins, outcomes), calibration)["ece"] < 0.02


def test_probabilities_add_up_to_the_outcomes():
    margins, _, outcomes = drawn(4_000)
    assert fitted_calibration([counted(margins, outcomes)]).probabilities(margins).sum() == pytest.approx(outcomes.sum(), rel=0.01)


def test_where_the_curve_fits_it_stays_nearly_as_it_is():
    for seed in range(8):
        margins, chances, outcomes = drawn(6_000, seed)
        calibration = fitted_calibration([counted(margins, outcomes)])
        straight = calibration._replace(bends=())
        assert gap(calibration, margins, chances) < gap(straight, margins, chances) + 0.006


def test_a_step_no_curve_can_follow_bends_it_and_a_few_rows_do_not():
    margins, chances, outcomes = drawn(20_000, bend=1.5)
    calibration = fitted_calibration([counted(margins, outcomes)])
    assert gap(calibration, margins, chances) < gap(calibration._replace(bends=()), margins, chances) / 2
    assert fitted_calibration([counted(*np.array(drawn(150, bend=1.5))[[0, 2]])]).bends == ()


def test_rows_that_tell_the_same_bend_it_less():
    margins, _, outcomes = drawn(3_000, bend=0.8)
    once, thrice = (fitted_calibration([counted(margins, outcomes)], overlap=overlap) for overlap in (1.0, 3.0))
    moved = [max((abs(after - before) for before, after in c.bends), default=0.0) for c in (once, thrice)]
    assert moved[1] < moved[0]


def test_the_level_follows_the_latest_date_where_dates_differ_beyond_luck():
    parts = [drawn(4_000, seed, shift=shift) for seed, shift in ((1, 0.0), (2, 0.0), (3, 0.8))]
    calibration = fitted_calibration([counted(m, o) for m, _, o in parts])
    assert calibration.probabilities(parts[2][0]).mean() == pytest.approx(parts[2][1].mean(), abs=0.02)
    level = fitted_calibration([counted(m, o) for m, _, o in parts[:2]])
    assert level.probabilities(parts[0][0]).mean() == pytest.approx(parts[0][1].mean(), abs=0.015)


def test_a_ranking_is_never_turned_round_nor_are_customers_made_alike():
    margins, _, outcomes = drawn(20_000, bend=-3.0)  # those above 0 are less likely than those below
    for calibration in (fitted_calibration([counted(margins, outcomes)]), fitted_calibration([counted(margins, 1 - outcomes)])):
        assert (np.diff(calibration.log_odds(np.linspace(-8, 8, 400))) > 0).all()


def test_margins_that_are_all_alike_or_the_wrong_way_round_still_give_the_true_rate():
    alike = Histogram(np.array([-1.7]), np.array([200.0]), np.array([800.0]))
    reverse = Histogram(np.array([-2.0, 0.0, 2.0]), np.array([90.0, 60.0, 30.0]), np.array([10.0, 40.0, 70.0]))
    for counts, rate in ((alike, 0.2), (reverse, 0.6)):
        calibration = fitted_calibration([counts])
        assert calibration.slope > 0
        assert (calibration.probabilities(counts.margins) * counts.rows).sum() / counts.rows.sum() == pytest.approx(rate, abs=0.005)


def test_it_is_stored_as_plain_values_and_read_as_it_was():
    for calibration in (Calibration(1.1, -0.2), Calibration(1.1, -0.2, ((-2.0, -1.9), (0.5, 0.7)))):
        assert Calibration.from_dict(calibration.as_dict()) == calibration
    assert Calibration(1.1, -0.2).as_dict() == {"slope": 1.1, "offset": -0.2}, "models stored before there were bends keep their version"
