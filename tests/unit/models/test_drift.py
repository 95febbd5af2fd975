import numpy as np
import pytest

from crosschannel.models.drift_measures import chance_psi, psi
from tests.support.weeks import Week, score_verdict, segment_verdict

QUIET = range(1, 21)
PLANTED = range(1, 21)


@pytest.mark.simulation
@pytest.mark.parametrize("seed", range(3))
def test_twenty_quiet_weeks_keep_every_model(seed):
    found = [score_verdict(Week(), week, seed) for week in QUIET] + [segment_verdict(Week(), week, seed) for week in QUIET]
    assert [v.rests_on for v in found if v.word != "keep"] == []


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("week", "word", "names"),
    [
        (Week(busier=1.8), "retrain", "feature feature_0"),
        (Week(more_outcomes=0.5), "recalibrate", "rate outcome"),
        (Week(more_outcomes=-0.5), "recalibrate", "rate outcome"),
        (Week(link=0.3), "retrain", "ranking AUC lost"),
    ],
)
def test_planted_drift_of_a_score_is_found_in_the_week_it_shows_with_what_the_word_rests_on(week, word, names):
    found = [score_verdict(week, number, number) for number in PLANTED]
    assert [v.word for v in found] == [word] * 20
    assert all(names in v.rests_on for v in found)


@pytest.mark.parametrize(
    ("week", "names"),
    [(Week(shares=(0.15, 0.3, 0.2, 0.35)), "segment_share all segments"), (Week(spread=1.25), "radius customers beyond the training radius")],
)
def test_planted_drift_of_segments_is_found_in_the_week_it_shows(week, names):
    found = [segment_verdict(week, number, number) for number in PLANTED]
    assert [v.word for v in found] == ["retrain"] * 20
    assert all(names in v.rests_on for v in found)


def test_behaviour_drift_is_seen_before_its_outcomes_are_known():
    assert score_verdict(Week(busier=1.8), 1, 1, matured=False).word == "retrain"
    kept = score_verdict(Week(more_outcomes=0.5), 1, 1, matured=False)
    assert kept.word == "keep"
    assert "no outcomes have come in since training" in kept.rests_on


def test_a_model_past_its_age_is_retrained():
    verdict = score_verdict(Week(), 30, 1)
    assert verdict.word == "retrain"
    assert verdict.rests_on == "age days since training: 210.0000 (bound 180.0000)"


def test_one_drifted_feature_among_the_top_ten_is_shown_and_decides_nothing():
    verdict = score_verdict(Week(), 3, 3)
    alarms = [f for f in verdict.findings if f.measure == "feature" and f.is_alarm]
    assert not alarms
    assert {f.subject for f in verdict.findings if f.measure == "feature"} >= {"feature_00", "feature_13"}


def test_the_index_of_two_samples_exceeds_its_chance_level_in_one_case_of_twenty():
    draw = np.random.default_rng(0)
    samples = [(draw.multinomial(5_000, [0.1] * 10).astype(float), draw.multinomial(5_000, [0.1] * 10).astype(float)) for _ in range(2_000)]
    assert chance_psi(*samples[0]) == pytest.approx(0.0068, abs=1e-4)
    assert 0.035 < np.mean([psi(a, b) > chance_psi(a, b) for a, b in samples]) < 0.065


def test_a_new_level_or_a_new_gap_counts_although_the_reference_has_none():
    assert psi(np.array([100.0, 100.0, 0.0]), np.array([100.0, 80.0, 20.0])) > 0.1
