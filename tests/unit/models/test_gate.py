from crosschannel.models.bootstrap import Interval
from crosschannel.models.gate import (
    Criterion,
    first_verdict,
    same_verdict,
    taken_back_verdict,
    unreadable_verdict,
    verdict_on_score,
    verdict_on_segments,
)


def judged(low, value, high, *others, allowed=0.0):
    return verdict_on_score([Criterion("log loss", high, allowed, note=f"difference {value} ({low} to {high})"), *others], value, allowed)


def test_the_first_model_becomes_champion_and_says_what_it_is_worth():
    verdict = first_verdict(0.30, 0.8, 0.45)
    assert verdict.is_accepted
    assert "log loss 0.3000 (the rate alone 0.4500), AUC 0.800" in verdict.reason


def beside_logistic(low, value, high, **how):
    return first_verdict(0.30, 0.8, 0.45, Interval(value, low, high), **how)


def test_a_first_model_that_is_worse_than_a_logistic_regression_is_refused_with_the_figures():
    better, equal, worse = beside_logistic(-0.03, -0.02, -0.01), beside_logistic(-0.01, 0.0, 0.02), beside_logistic(0.001, 0.02, 0.03)
    assert (better.is_accepted, equal.is_accepted, worse.is_accepted) == (True, True, False)
    assert "better than a logistic regression" in better.reason
    assert "as good as a logistic regression" in equal.reason
    assert worse.reason.startswith("first model, worse than a logistic regression: log loss minus that of a logistic regression +0.0200 (+0.0010 to +0.0300)")
    assert worse.outcome == "worse"


def test_where_a_first_model_must_beat_the_regression_a_tie_is_refused():
    assert beside_logistic(-0.03, -0.02, -0.01, must_beat=True).is_accepted
    tie = beside_logistic(-0.02, -0.01, 0.001, must_beat=True)
    assert not tie.is_accepted
    assert "no better than a logistic regression" in tie.reason


def test_a_challenger_that_is_clearly_better_on_the_same_customers_is_promoted():
    assert judged(-0.03, -0.02, -0.01).outcome == "better"
    assert judged(-0.03, -0.02, -0.01).is_accepted


def test_a_tie_keeps_the_champion_and_the_tags_say_why():
    for low, value, high in ((-0.02, -0.01, 0.001), (0.0, 0.0, 0.0)):
        verdict = judged(low, value, high)
        assert (verdict.is_accepted, verdict.outcome) == (False, "tie")
        assert verdict.tags["verdict"] == "kept as challenger"
        assert "no clear gain over the champion on the same customers: difference" in verdict.tags["verdict_reason"]


def test_a_worse_challenger_waits():
    assert judged(-0.01, 0.01, 0.03).outcome == "worse"
    assert judged(0.01, 0.02, 0.03).outcome == "worse"


def test_a_challenger_that_gains_overall_and_breaks_one_promise_waits_with_that_promise_as_reason():
    lost = Criterion("AUC lost in region=north", 0.05, 0.02)
    verdict = judged(-0.03, -0.02, -0.01, lost, Criterion("lift in the highest tenth", 3.0, 2.9, at_most=False))
    assert (verdict.is_accepted, verdict.outcome) == (False, "worse")
    assert verdict.reason == "AUC lost in region=north 0.0500, at most 0.0200 allowed"


def test_a_declared_allowance_is_honoured():
    assert judged(-0.01, 0.005, 0.015, allowed=0.02).is_accepted


def test_a_champion_that_cannot_read_todays_features_is_replaced():
    assert unreadable_verdict().is_accepted


def test_what_people_rolled_back_stays_back_however_good_it_looks():
    verdict = taken_back_verdict("ticket 12: doubled the mails")
    assert not verdict.is_accepted
    assert "ticket 12" in verdict.reason


def test_the_champion_found_again_stays():
    assert same_verdict().is_accepted


def test_unstable_segments_wait_unless_they_are_the_first():
    assert verdict_on_segments(0.5, 0.9, None).is_accepted
    assert not verdict_on_segments(0.5, 0.9, 1.0).is_accepted
    assert verdict_on_segments(0.95, 0.9, 0.8).is_accepted
