from crosschannel.models.gate import verdict_on_score, verdict_on_segments

OURS = {"log_loss": 0.30, "auc": 0.8}


def judged(champion, *, is_same=False, is_first=False, allowed=0.0):
    return verdict_on_score(OURS, champion, is_same=is_same, is_first=is_first, allowed=allowed)


def test_the_first_model_becomes_champion():
    assert judged(None, is_first=True).is_accepted


def test_a_challenger_that_is_not_worse_on_the_same_rows_is_promoted():
    assert judged({"log_loss": 0.31}).is_accepted
    assert judged({"log_loss": 0.30}).is_accepted


def test_a_worse_challenger_waits_and_the_tags_say_why():
    verdict = judged({"log_loss": 0.29})
    assert not verdict.is_accepted
    assert verdict.tags["verdict"] == "kept as challenger"
    assert "0.3000 against the champion's 0.2900" in verdict.tags["verdict_reason"]


def test_a_declared_allowance_is_honoured():
    assert judged({"log_loss": 0.29}, allowed=0.02).is_accepted


def test_a_champion_that_cannot_read_todays_features_is_replaced():
    assert judged(None).is_accepted


def test_unstable_segments_wait_unless_they_are_the_first():
    assert verdict_on_segments(0.5, 0.9, None).is_accepted
    assert not verdict_on_segments(0.5, 0.9, 1.0).is_accepted
    assert verdict_on_segments(0.95, 0.9, 0.8).is_accepted
